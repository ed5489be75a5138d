//! Why a dotenv object is unusable, and what would make it usable.
//!
//! Deliberately without the line's text. The one thing quoted is the `NAME` of a `${NAME}`: a name
//! by its form. What follows a bare `$` is not quoted, as it is as likely the rest of a password.

use super::rewrite::Rewrite;

/// What makes a file unusable: the line it stands on and why; never the line's text
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SyntaxError {
    /// The line, counted from 1
    pub line: usize,
    /// What is wrong there
    pub reason: SyntaxErrorKind,
    /// How the line's value can be written instead
    pub(super) rewrite: Rewrite,
}

/// What is wrong with a line
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// Bytes that are no text
    #[error("not valid UTF-8")]
    NotUtf8,
    /// A JSON object in place of lines
    #[error("this is JSON, and a dotenv file is lines of NAME=value")]
    Json,
    /// A NUL byte
    #[error("a NUL byte, which no environment can carry")]
    Nul,
    /// A carriage return that no line feed follows
    #[error(
        "a carriage return without a line feed, which only some libraries take for a line's end"
    )]
    CarriageReturn,
    /// No `=` where one is due
    #[error("no \"=\" after a name")]
    NoEquals,
    /// A name that some library would not take
    #[error(
        "unusable name: it takes A-Z, a-z, 0-9, \"_\" and \".\", and begins with a letter or \"_\""
    )]
    Name,
    /// `export =value`
    #[error("\"export\" is followed by no name")]
    Export,
    /// A quote that nothing closes
    #[error("a quote is opened here and never closed")]
    Unterminated,
    /// Text behind a quoted value
    #[error("text follows the closing quote")]
    AfterQuote,
    /// Blanks within an unquoted value
    #[error("blanks in a value without quotes")]
    Blank,
    /// Quotes within an unquoted value
    #[error("a quote within an unquoted value, which only some libraries keep")]
    QuoteInside,
    /// A control character or unusual blank outside quotes
    #[error("a control character or unusual blank outside quotes")]
    Invisible,
    /// A `#` that is a comment to some and part of the value to others
    #[error("\"#\" without a blank before it, which only some libraries take for a comment")]
    Hash,
    /// A backslash that libraries read differently
    #[error("a backslash that libraries read differently")]
    Backslash,
    /// `\\` or `\'` in single quotes
    #[error(
        "a backslash before a quote or another backslash in single quotes, which libraries read differently"
    )]
    SingleBackslash,
    /// A `$` that is no `${NAME}`
    #[error("\"$\" outside single quotes that begins no ${{NAME}}")]
    Dollar,
    /// `${NAME:-text}` and its kin
    #[error(
        "\"${{\" is not followed by a plain name and \"}}\": libraries differ on defaults and other forms"
    )]
    Braces,
    /// `${` in single quotes
    #[error("\"${{\" in single quotes, which some libraries fill and others keep")]
    SingleBraces,
    /// `$(command)` or backticks
    #[error("a command substitution outside single quotes, which is never run")]
    Command,
    /// `${NAME}` of a name that is not defined
    #[error("${{{name}}} is defined neither in the environment nor on a line above")]
    Undefined {
        /// The name
        name: String,
    },
    /// `${NAME}` of a reference in a value with `://`
    #[error("${{{name}}} stands for a value that is fetched, which may hold what changes a URL")]
    ReferenceInUrl {
        /// The name
        name: String,
    },
    /// `${NAME}` of a reference that a line below replaces
    #[error("${{{name}}} stands for a reference that a line below replaces")]
    Redefined {
        /// The name
        name: String,
    },
    /// `${NAME}`s that fill one another without bounds
    #[error("what ${{NAME}} puts in makes the file's values larger than any environment")]
    TooLarge,
    /// In the docker dialect, a name alone
    #[error("a name without \"=\", which docker takes from its own environment and ECS skips")]
    NameAlone,
    /// In the docker dialect, a line that begins with `=`
    #[error("no name before \"=\"")]
    NoName,
    /// In the docker dialect, a name that holds what docker refuses or nobody can see
    #[error("the name holds a blank or a control character")]
    DockerName,
}

impl SyntaxError {
    /// An error that no other way of writing the value solves
    pub(super) fn new(line: usize, reason: SyntaxErrorKind) -> Self {
        Self {
            line,
            reason,
            rewrite: Rewrite::default(),
        }
    }

    /// What to write, so that the value stays what it is
    #[must_use]
    pub fn help(&self) -> String {
        use SyntaxErrorKind as Kind;
        let in_quotes = self.rewrite.in_quotes();
        match &self.reason {
            Kind::AfterQuote => {
                format!("put \" #\" before a comment; if all is one value, {in_quotes}")
            }
            Kind::Invisible if !self.rewrite.is_none() => {
                format!("remove it; if it belongs to the value, {in_quotes}")
            }
            Kind::Hash => {
                format!("{in_quotes}; if a comment begins there, put a blank before \"#\"")
            }
            Kind::SingleBackslash if self.rewrite.is_none() => {
                format!("write one backslash if one is meant; otherwise {in_quotes}")
            }
            Kind::Blank | Kind::QuoteInside | Kind::Backslash | Kind::SingleBackslash => {
                in_quotes.into()
            }
            Kind::Dollar => format!(
                "write ${{NAME}} for a variable's value; if \"$\" belongs to the value, {in_quotes}"
            ),
            Kind::Command => {
                format!("write what the command prints; if its text is the value, {in_quotes}")
            }
            Kind::ReferenceInUrl { name } => {
                format!("begin the value with \"template:\" and write {{{name}|url}}")
            }
            other => other.help().into(),
        }
    }

    /// Whether the docker dialect reads the line as it is meant
    #[must_use]
    pub fn is_read_by_docker(&self) -> bool {
        let is_meant = matches!(
            self.reason,
            SyntaxErrorKind::ReferenceInUrl { .. } | SyntaxErrorKind::TooLarge
        );
        self.rewrite.docker && !is_meant
    }
}

impl SyntaxErrorKind {
    /// What to do about it, whatever the value is
    fn help(&self) -> &'static str {
        match self {
            Self::NotUtf8 => "save the file as UTF-8",
            Self::Json => {
                "write lines, or store the object as a secret and name it with --from=secretsmanager://NAME"
            }
            Self::Nul => "remove it; if the file is UTF-16, save it as UTF-8",
            Self::CarriageReturn => "end lines with LF or CRLF",
            Self::NoEquals => {
                "write NAME=value, \"#\" before a comment, and quotes around a value of several lines"
            }
            Self::Name => "write NAME=value, and rename the variable if that is its name",
            Self::Export => {
                "write \"export NAME=value\", or \"export=value\" for a variable of that name"
            }
            Self::Unterminated => {
                "close it; a value with a quote in it needs quotes of the other kind, and a quote after a backslash closes nothing"
            }
            Self::Braces => {
                "write ${NAME}, and its default as NAME=text on a line above, which the environment overrides"
            }
            Self::SingleBraces => {
                "to fill it, put the value in double quotes; to keep it, move the value to a parameter or secret of its own, as no quotes can hold it"
            }
            Self::Undefined { .. } => "define it there, or remove it",
            Self::Redefined { .. } => "give one of the two another name",
            Self::TooLarge => "use it less",
            Self::NameAlone => "write NAME=value, on one line",
            Self::NoName => "write NAME=value",
            Self::DockerName => {
                "write NAME=value; only without ?dialect=docker, \"export\" and blanks around \"=\" are read"
            }
            _ => "remove it",
        }
    }
}
