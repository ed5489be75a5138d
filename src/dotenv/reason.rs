//! Why a dotenv object is unusable, and what would make it usable.
//!
//! Deliberately without the line's text. The one thing quoted is the `NAME` of a `${NAME}`: a name
//! by its form. What follows a bare `$` is not quoted, as it is as likely the rest of a password.

/// What makes a file unusable: the line it stands on and why; never the line's text
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct SyntaxError {
    /// The line, counted from 1
    pub line: usize,
    /// What is wrong there
    pub reason: SyntaxErrorKind,
}

/// What is wrong with a line and what to do about it
#[derive(Debug, Clone, PartialEq, Eq, Hash, thiserror::Error)]
pub enum SyntaxErrorKind {
    /// Bytes that are no text
    #[error("not valid UTF-8: save the file as UTF-8")]
    NotUtf8,
    /// A NUL byte
    #[error("holds a NUL byte, which no environment can carry: remove it")]
    Nul,
    /// A carriage return that no line feed follows
    #[error(
        "a carriage return without a line feed, which only some libraries take for a line's end: end lines with LF or CRLF"
    )]
    CarriageReturn,
    /// No `=` where one is due
    #[error(
        "no '=' after a name: write NAME=value, put '#' before a comment, and quotes around a value of several lines"
    )]
    NoEquals,
    /// A name that some library would not take
    #[error(
        "the name is not made of A-Z, a-z, 0-9, '_' and '.', or begins with a digit or '.': rename the variable"
    )]
    Name,
    /// `export =value`
    #[error(
        "'export' is followed by no name: write 'export NAME=value', or 'export=value' for a variable of that name"
    )]
    Export,
    /// A quote that nothing closes
    #[error("a quote is opened here and never closed: close it")]
    Unterminated,
    /// Text behind a quoted value
    #[error(
        "text follows the closing quote: put the whole value within the quotes, or ' #' before a comment"
    )]
    AfterQuote,
    /// Blanks within an unquoted value
    #[error("a value with blanks has no quotes: put it in single quotes")]
    Blank,
    /// Quotes within an unquoted value
    #[error(
        "a quote within an unquoted value, which only some libraries keep: put the value in quotes of the other kind"
    )]
    QuoteInside,
    /// A control character or unusual blank outside quotes
    #[error(
        "a control character or unusual blank outside quotes: remove it, or put the value in single quotes"
    )]
    Invisible,
    /// A `#` that is a comment to some and part of the value to others
    #[error(
        "'#' without a blank before it is a comment to some libraries only: quote the value, or put a blank before the comment"
    )]
    Hash,
    /// A backslash that libraries read differently
    #[error(
        "a backslash that libraries read differently: only '\\n' in double quotes is common, so put the value in single quotes"
    )]
    Backslash,
    /// `\\` or `\'` in single quotes
    #[error(
        "a backslash before a quote or another backslash in single quotes, which libraries read differently: use ?dialect=docker"
    )]
    SingleBackslash,
    /// A `$` that is no `${NAME}`
    #[error(
        "'$' outside single quotes that is no ${{NAME}}: put the value in single quotes, or write ${{NAME}}"
    )]
    Dollar,
    /// `${NAME:-text}` and its kin
    #[error(
        "'${{' is not followed by a plain name and '}}': libraries differ on defaults and other forms, so write ${{NAME}}"
    )]
    Braces,
    /// `${` in single quotes
    #[error(
        "'${{' in single quotes, which some libraries fill and others keep: use ?dialect=docker if it is meant literally"
    )]
    SingleBraces,
    /// `$(command)` or backticks
    #[error(
        "a command substitution outside single quotes, which is never run: put the value in single quotes"
    )]
    Command,
    /// `${NAME}` of a name that is not defined
    #[error(
        "${{{name}}} is defined neither in the environment nor on a line above: define it, or remove it"
    )]
    Undefined {
        /// The name
        name: String,
    },
    /// `${NAME}` of a reference in a value with `://`
    #[error(
        "${{{name}}} stands for a value that is fetched, which may hold what changes a URL: begin the value with \"template:\" and write {{{name}|url}}"
    )]
    ReferenceInUrl {
        /// The name
        name: String,
    },
    /// `${NAME}` of a reference that a line below replaces
    #[error(
        "${{{name}}} stands for a reference that a line below replaces: give one of the two another name"
    )]
    Redefined {
        /// The name
        name: String,
    },
    /// `${NAME}`s that fill one another without bounds
    #[error(
        "what ${{NAME}} puts in makes the file's values larger than any environment: use it less"
    )]
    TooLarge,
    /// In the docker dialect, a name alone
    #[error(
        "a name without '=', which docker takes from its own environment and ECS skips: write NAME=value"
    )]
    NameAlone,
    /// In the docker dialect, a line that begins with `=`
    #[error("no name before '=': write NAME=value")]
    NoName,
    /// In the docker dialect, a name that holds what docker refuses or nobody can see
    #[error(
        "the name holds a blank or a control character, and the docker dialect knows neither 'export' nor 'NAME = value': write NAME=value"
    )]
    DockerName,
}
