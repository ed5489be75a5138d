//! The command line and its environment variables.
//!
//! Every option has an environment variable, since an ENTRYPOINT is fixed when the image is built and
//! the environment is not. An option that is given wins over its variable; an empty one counts as unset.

mod help;

use std::collections::BTreeSet;
use std::error::Error as _;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::BoolishValueParser;
use clap::error::{ContextKind, ErrorKind};
use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueHint};

use crate::budget;
use crate::command::choose::CommandOptions;
use crate::environment;
use crate::error::Error;
use crate::input::sources::SourceOptions;
use crate::inspect::{Format, InspectOptions, Inspection, printed};
use crate::plan::{Existing, Rules};
use crate::settings::Settings;
use crate::store::fetch::FetchOptions;
use crate::store::mock::MockSource;
use crate::suggest;

/// The groups of options.
const SOURCES: &str = "Sources";
const COMMAND: &str = "Command";
const AWS: &str = "AWS";
const DRY_RUNS: &str = "Dry runs";

/// Fetches the parameters and secrets that variables name, then becomes the command.
#[derive(Debug, Default, Parser)]
#[command(
    name = "paramexec",
    version = concat!(env!("CARGO_PKG_VERSION"), " (", env!("PARAMEXEC_COMMIT"), ", ", env!("PARAMEXEC_TARGET"), ")"),
    override_usage = "paramexec [OPTIONS] [--] [COMMAND [ARG]...]",
    after_help = help::SHORT,
    after_long_help = help::LONG,
    disable_help_flag = true,
    disable_version_flag = true
)]
pub struct Args {
    /// Read NAME=REFERENCE lines or ECS JSON; repeatable
    ///
    /// Lines are NAME=REFERENCE or NAME=literal. JSON is an ECS task or
    /// container definition.
    #[arg(long, value_name = "FILE", env = "PARAMEXEC_MANIFEST", value_hint = ValueHint::FilePath, help_heading = SOURCES, verbatim_doc_comment)]
    pub manifest: Vec<String>,

    /// Container of the ECS task definition to use
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_CONTAINER", help_heading = SOURCES, value_hint = ValueHint::Other)]
    pub container: Option<String>,

    /// Take all of a path, JSON secret or dotenv; repeatable
    ///
    /// ssm:///path/           every parameter below the path
    /// secretsmanager://name  every key of a JSON secret
    /// s3://bucket/key        a dotenv object
    /// file:PATH              a dotenv file
    #[arg(long, value_name = "URI", env = "PARAMEXEC_FROM", help_heading = SOURCES, value_hint = ValueHint::Other, verbatim_doc_comment)]
    pub from: Vec<String>,

    /// If already set: keep (the default), replace or fail
    ///
    /// keep     leave it, and fetch nothing for it (the default)
    /// replace  let the first source that names it win
    /// fail     end with an error
    #[arg(
        long,
        value_enum,
        value_name = "RULE",
        env = "PARAMEXEC_EXISTING",
        default_value = "keep",
        help_heading = SOURCES,
        hide_default_value = true,
        hide_possible_values = true,
        verbatim_doc_comment
    )]
    pub existing: Existing,

    /// Treat bare ARNs in the environment as references
    #[arg(long, env = "PARAMEXEC_RESOLVE_ARNS", value_parser = BoolishValueParser::new(), help_heading = SOURCES)]
    pub resolve_arns: bool,

    /// Do not read NAME as a reference; repeatable
    ///
    /// Pass it on unchanged, although its value looks like a reference.
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_LITERAL", help_heading = SOURCES, value_hint = ValueHint::Other, verbatim_doc_comment)]
    pub literal: Vec<String>,

    /// Start without values that do not exist, and warn
    #[arg(long, env = "PARAMEXEC_ALLOW_MISSING", value_parser = BoolishValueParser::new(), help_heading = SOURCES)]
    pub allow_missing: bool,

    /// Command to use if none is given
    ///
    /// A JSON array, or words that are split as in a shell; no shell is run.
    #[arg(long, value_name = "COMMAND", env = "PARAMEXEC_DEFAULT_COMMAND", help_heading = COMMAND, value_hint = ValueHint::CommandString, verbatim_doc_comment)]
    pub default_command: Option<String>,

    /// Remove NAME from its environment; repeatable
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_UNSET", help_heading = COMMAND, value_hint = ValueHint::Other)]
    pub unset: Vec<String>,

    /// Pass on only fetched and basic variables
    ///
    /// The basic ones are PATH, HOME, TERM, LANG, TZ, HOSTNAME and USER.
    #[arg(long, env = "PARAMEXEC_PRISTINE", value_parser = BoolishValueParser::new(), help_heading = COMMAND, verbatim_doc_comment)]
    pub pristine: bool,

    /// Do not pass on inherited AWS credentials
    #[arg(long, env = "PARAMEXEC_DROP_AWS_CREDENTIALS", value_parser = BoolishValueParser::new(), help_heading = COMMAND)]
    pub drop_aws_credentials: bool,

    /// Report on stderr where variables came from
    #[arg(long, env = "PARAMEXEC_VERBOSE", value_parser = BoolishValueParser::new(), help_heading = COMMAND)]
    pub verbose: bool,

    /// Total time for fetching (default 60s)
    ///
    /// Such as 90s, 500ms or 2m. Errors that may go away are retried until
    /// then.
    #[arg(long, value_name = "TIME", env = "PARAMEXEC_TIMEOUT", default_value = "60s", value_parser = duration, help_heading = AWS, value_hint = ValueHint::Other, hide_default_value = true, verbatim_doc_comment)]
    pub timeout: Duration,

    /// Use placeholders or a FILE instead of AWS
    ///
    /// Without FILE, each reference gets a placeholder. One with ?default=
    /// gets its default, and an optional one is left out. FILE is a JSON
    /// object with references as keys.
    #[arg(long, value_name = "FILE", env = "PARAMEXEC_MOCK", num_args = 0..=1, require_equals = true, default_missing_value = "1", value_hint = ValueHint::FilePath, help_heading = AWS, verbatim_doc_comment)]
    pub mock: Option<OsString>,

    /// AWS account for ARNs in the IAM policy
    #[arg(long, value_name = "ID", env = "PARAMEXEC_ACCOUNT", help_heading = AWS, value_hint = ValueHint::Other)]
    pub account: Option<String>,

    /// AWS partition for ARNs in the IAM policy
    ///
    /// Such as aws-cn. The default is the partition of the region.
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_PARTITION", help_heading = AWS, value_hint = ValueHint::Other, verbatim_doc_comment)]
    pub partition: Option<String>,

    /// Show what would be fetched, and from where
    ///
    /// Does not contact AWS.
    #[arg(long, env = "PARAMEXEC_PLAN", value_parser = BoolishValueParser::new(), help_heading = DRY_RUNS, verbatim_doc_comment)]
    pub plan: bool,

    /// Fetch, show what is there, start nothing
    ///
    /// Ends with the exit code that the run would have.
    #[arg(long, env = "PARAMEXEC_CHECK", value_parser = BoolishValueParser::new(), help_heading = DRY_RUNS, verbatim_doc_comment)]
    pub check: bool,

    /// Print the smallest IAM policy for this
    #[arg(long, env = "PARAMEXEC_IAM_POLICY", value_parser = BoolishValueParser::new(), help_heading = DRY_RUNS)]
    pub iam_policy: bool,

    /// Print a file for --mock
    ///
    /// With an empty value for everything that has to exist.
    #[arg(long, env = "PARAMEXEC_MOCK_TEMPLATE", value_parser = BoolishValueParser::new(), help_heading = DRY_RUNS, verbatim_doc_comment)]
    pub mock_template: bool,

    /// Write reports and messages as text or json
    ///
    /// Text, the default, is for people. JSON has a stable shape, with each
    /// message on one line.
    #[arg(long, value_enum, value_name = "FORMAT", env = "PARAMEXEC_FORMAT", default_value = "text", help_heading = DRY_RUNS, hide_default_value = true, hide_possible_values = true, verbatim_doc_comment)]
    pub format: Format,

    /// Copy this binary to PATH and exit
    ///
    /// For an init container that gives it to another image.
    #[arg(long, value_name = "PATH", env = "PARAMEXEC_INSTALL", help_heading = DRY_RUNS, value_hint = ValueHint::AnyPath, verbatim_doc_comment)]
    pub install: Option<PathBuf>,

    /// Print help; -h is shorter
    #[arg(long, short, action = ArgAction::Help, hide_short_help = true)]
    help: Option<bool>,

    /// Print the version
    #[arg(long, short = 'V', action = ArgAction::Version, hide_short_help = true)]
    version: Option<bool>,

    /// The command to become, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true, value_hint = ValueHint::CommandWithArguments, hide_short_help = true)]
    pub command: Vec<OsString>,

    /// Whether an option was typed, and not only set as a variable.
    #[arg(skip)]
    has_options: bool,
}

/// What to do.
#[derive(Debug)]
pub(crate) enum Task {
    /// Become the command.
    Run(Settings),
    /// Report on what a run would do.
    Inspect(InspectOptions, Settings),
    /// Copy the binary to a path.
    Install(PathBuf),
}

impl Args {
    /// Reads the command line and the environment.
    ///
    /// Prints and ends the process for `--help` and `--version`.
    ///
    /// # Errors
    /// When either cannot be used.
    pub fn parse_from_process() -> Result<Self, Error> {
        if let Some(command) = without_options(std::env::args_os().skip(1).collect()) {
            return Ok(Self::of_command(command));
        }
        let command = Self::command();
        refuse_mistyped_variables(&command)?;
        let mut command = without_empty_variables(command);
        let parsed = command
            .try_get_matches_from_mut(std::env::args_os())
            .and_then(|matches| {
                Self::from_arg_matches(&matches).map(|args| Self {
                    has_options: has_options(&matches),
                    ..args.with_several_in_a_variable(&matches)
                })
            });
        parsed.map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match printed(error.print()) {
                Ok(()) => std::process::exit(0),
                Err(error) => error,
            },
            _ => refusal(&error, &command),
        })
    }

    /// What a command line without any option means.
    fn of_command(command: Vec<OsString>) -> Self {
        Self {
            timeout: budget::DEFAULT,
            command,
            ..Self::default()
        }
    }

    /// A variable holds several values in one text; an option holds one, which may have blanks.
    fn with_several_in_a_variable(mut self, matches: &ArgMatches) -> Self {
        let from_variable = |id| matches.value_source(id) == Some(ValueSource::EnvVariable);
        let words = |texts: &[String]| -> Vec<String> {
            texts
                .iter()
                .flat_map(|text| text.split_whitespace())
                .map(str::to_owned)
                .collect()
        };
        if from_variable("manifest") {
            self.manifest = words(&self.manifest);
        }
        if from_variable("from") {
            self.from = words(&self.from);
        }
        if from_variable("literal") {
            self.literal = words(&self.literal);
        }
        if from_variable("unset") {
            self.unset = words(&self.unset);
        }
        self
    }

    /// Resolves the arguments into a task.
    ///
    /// # Errors
    /// When options exclude one another.
    pub(crate) fn resolve(self) -> Result<Task, Error> {
        let inspection = self.inspection()?;
        if inspection != Some(Inspection::IamPolicy) {
            self.refuse_arn_options()?;
        }
        if let Some(path) = self.install {
            return Ok(Task::Install(path));
        }
        let inspection = inspection.map(|inspection| InspectOptions {
            inspection,
            format: self.format,
            account: self.account.clone(),
            partition: self.partition.clone(),
        });
        let settings = self.settings();
        Ok(match inspection {
            Some(options) => Task::Inspect(options, settings),
            None => Task::Run(settings),
        })
    }

    fn settings(self) -> Settings {
        let mock = self.mock.and_then(mock_source);
        let unset: BTreeSet<OsString> = self.unset.into_iter().map(OsString::from).collect();
        Settings {
            rules: Rules {
                existing: self.existing,
                allow_missing: self.allow_missing,
                unset: unset.clone(),
                empty_sources: mock.is_some(),
                resolve_arns: self.resolve_arns,
            },
            sources: SourceOptions {
                manifests: self.manifest,
                container: self.container,
                from: self.from,
                resolve_arns: self.resolve_arns,
                literal: self.literal.into_iter().map(OsString::from).collect(),
                allow_missing: self.allow_missing,
                unset,
                pristine: self.pristine,
                drop_aws_credentials: self.drop_aws_credentials,
            },
            command: CommandOptions {
                words: without_dashes(self.command),
                default: self.default_command,
                after_options: self.has_options,
            },
            fetch: FetchOptions {
                mock,
                timeout: self.timeout,
            },
            verbose: self.verbose,
        }
    }

    fn refuse_arn_options(&self) -> Result<(), Error> {
        let options = [
            ("--account", &self.account),
            ("--partition", &self.partition),
        ];
        match options.iter().find(|(_, value)| value.is_some()) {
            Some((name, _)) => Err(Error::usage(
                format!("{name} is for --iam-policy alone"),
                "leave it out, or add --iam-policy",
            )),
            None => Ok(()),
        }
    }

    fn inspection(&self) -> Result<Option<Inspection>, Error> {
        let asked = [
            (self.plan, Inspection::Plan),
            (self.check, Inspection::Check),
            (self.iam_policy, Inspection::IamPolicy),
            (self.mock_template, Inspection::MockTemplate),
        ];
        let mut inspections = asked
            .into_iter()
            .filter_map(|(asked, inspection)| asked.then_some(inspection));
        match (inspections.next(), inspections.next()) {
            (inspection, None) => Ok(inspection),
            (_, Some(_)) => Err(Error::usage(
                "--plan, --check, --iam-policy and --mock-template exclude one another",
                "choose one",
            )),
        }
    }
}

/// An ENTRYPOINT may end in "--" and a command begin with it: the second is no command.
fn without_dashes(mut words: Vec<OsString>) -> Vec<OsString> {
    if words.first().is_some_and(|word| word == "--") {
        words.remove(0);
    }
    words
}

fn has_options(matches: &ArgMatches) -> bool {
    let typed = |id: &str| matches.value_source(id) == Some(ValueSource::CommandLine);
    matches
        .ids()
        .any(|id| id != "command" && typed(id.as_str()))
}

/// The mock backend, if it is used.
fn mock_source(text: OsString) -> Option<MockSource> {
    // As clap's booleans, and so as the variables of other options.
    match text.to_str().map(str::to_ascii_lowercase).as_deref() {
        Some("0" | "n" | "no" | "f" | "false" | "off") => None,
        Some("" | "1" | "y" | "yes" | "t" | "true" | "on") => Some(MockSource::Placeholders),
        _ => Some(MockSource::File(text)),
    }
}

/// Whether failures are to be told as JSON, also that of an option before `--format` is read.
pub(crate) fn asks_for_json() -> bool {
    let is_json = |text: &OsStr| text.to_str() == Some("json");
    let mut words = std::env::args_os().skip(1);
    while let Some(word) = words.next() {
        if word == "--format" {
            return words.next().is_some_and(|value| is_json(&value));
        }
        if let Some(value) = word
            .to_str()
            .and_then(|word| word.strip_prefix("--format="))
        {
            return value == "json";
        }
        if word == "--" {
            break;
        }
    }
    std::env::var_os("PARAMEXEC_FORMAT").is_some_and(|value| is_json(&value))
}

/// The command, where neither the command line nor the environment has any option: the plainest
/// use, and an eighth of its work would be reading what is not there.
fn without_options(mut words: Vec<OsString>) -> Option<Vec<OsString>> {
    let own = |(name, _): (OsString, OsString)| environment::is_own(&name);
    let first = words.first()?.as_encoded_bytes();
    if first == b"--" {
        words.remove(0);
    } else if first.starts_with(b"-") {
        return None;
    }
    (!std::env::vars_os().any(own)).then_some(words)
}

fn without_empty_variables(command: clap::Command) -> clap::Command {
    let empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|text| text.is_empty());
    command.mut_args(|arg| {
        let arg = arg.hide_env(true);
        if arg.get_env().is_some_and(empty) {
            arg.env(None::<&'static str>)
        } else {
            arg
        }
    })
}

/// An option that is mistyped is refused; so is its variable. What is near none of them may be anybody's:
/// Kubernetes sets `PARAMEXEC_PORT` beside a service of that name.
fn refuse_mistyped_variables(command: &clap::Command) -> Result<(), Error> {
    const OWN: &str = "PARAMEXEC_";
    let own = |name: &OsStr| name.to_str()?.strip_prefix(OWN).map(str::to_owned);
    let known: Vec<String> = command
        .get_arguments()
        .filter_map(clap::Arg::get_env)
        .filter_map(own)
        .collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    for (name, value) in std::env::vars_os() {
        let Some(typed) = own(&name).filter(|typed| !known.contains(&typed.as_str())) else {
            continue;
        };
        // PARAMEXEC_MODE is no mistyped PARAMEXEC_MOCK.
        let near = suggest::nearest(&typed, &known);
        if let Some(near) = near.filter(|_| !value.is_empty()) {
            return Err(Error::usage(
                format!("unknown option {OWN}{typed}"),
                format!("did you mean {OWN}{near}?"),
            ));
        }
    }
    Ok(())
}

/// What to write for options that other programs have.
fn instead_of(option: &str) -> Option<&'static str> {
    Some(match option {
        "--region" => "set AWS_REGION, or add \"?region=\" to a reference",
        "--profile" => "set AWS_PROFILE",
        "--endpoint" | "--endpoint-url" => "set AWS_ENDPOINT_URL",
        "--env-file" => {
            "write \"--from=file:PATH\", with \"?dialect=docker\" for a file that docker reads"
        }
        "--path" | "--prefix" => "write \"--from=ssm:///path/\"",
        _ => return None,
    })
}

/// clap's error in the form of ours: the variable named that the value came from, since an option
/// alone sends the reader to the wrong place.
fn refusal(error: &clap::Error, command: &clap::Command) -> Error {
    let text = |kind| error.get(kind).map(ToString::to_string);
    let option = text(ContextKind::InvalidArg).unwrap_or_default();
    let option = option
        .split([' ', '='])
        .next()
        .unwrap_or_default()
        .trim_end_matches('[');
    let place = variable_at_fault(error, command).map_or_else(
        || option.to_owned(),
        |variable| variable.display().to_string(),
    );
    let value = text(ContextKind::InvalidValue).filter(|value| !value.is_empty());
    let meant = text(ContextKind::SuggestedValue).or_else(|| text(ContextKind::SuggestedArg));
    let meant = meant.map(|meant| format!("did you mean \"{meant}\"?"));
    let meant = instead_of(option).map(str::to_owned).or(meant);
    let (message, help) = match (error.kind(), value) {
        (ErrorKind::InvalidUtf8, _) => (not_utf8(command), "write it in plain characters".into()),
        (ErrorKind::UnknownArgument, _) => (
            format!("unknown option \"{option}\""),
            "what belongs to the command stands after \"--\"; see \"paramexec --help\"".into(),
        ),
        (ErrorKind::ArgumentConflict, _) => {
            (format!("{option} is given twice"), "leave one out".into())
        }
        (ErrorKind::TooManyValues, _) => (format!("{place} takes no value"), "leave it out".into()),
        (ErrorKind::InvalidValue, None) => (
            format!("{place} needs a value"),
            "see \"paramexec --help\"".into(),
        ),
        (_, Some(value)) => (
            format!("invalid value \"{value}\" of {place}"),
            text(ContextKind::ValidValue)
                .map(|values| format!("write one of {values}"))
                .or_else(|| error.source().map(ToString::to_string))
                .unwrap_or_else(|| "see \"paramexec --help\"".into()),
        ),
        _ => (
            format!("{option} cannot be used: {}", error.kind()),
            "see \"paramexec --help\"".into(),
        ),
    };
    Error::usage(message, meant.unwrap_or(help))
}

/// The environment variable that holds the value which clap refuses, if one does.
fn variable_at_fault<'a>(error: &clap::Error, command: &'a clap::Command) -> Option<&'a OsStr> {
    let option = error.get(ContextKind::InvalidArg)?.to_string();
    let value = error.get(ContextKind::InvalidValue)?.to_string();
    // A flag is named without its value, other options with it.
    let named = |arg: &&clap::Arg| arg.to_string() == option;
    let variable = command.get_arguments().find(named)?.get_env()?;
    (std::env::var_os(variable)? == value.as_str()).then_some(variable)
}

/// clap does not say what of the command line is not UTF-8.
fn not_utf8(command: &clap::Command) -> String {
    let unreadable = |text: &OsStr| text.to_str().is_none();
    let variables = command
        .get_arguments()
        .filter(|arg| arg.get_id() != "mock")
        .filter_map(clap::Arg::get_env);
    let variable = variables
        .filter(|variable| std::env::var_os(variable).is_some_and(|text| unreadable(&text)))
        .map(|variable| variable.display().to_string())
        .next();
    let words: Vec<OsString> = std::env::args_os().skip(1).collect();
    let place = words.iter().position(|word| unreadable(word));
    let word = place.map(|place| {
        let option = words[place].as_encoded_bytes().starts_with(b"-");
        let from = if option {
            place
        } else {
            place.saturating_sub(1)
        };
        let words: Vec<String> = words[from..=place]
            .iter()
            .map(|word| format!("{word:?}"))
            .collect();
        format!("the argument {}", words.join(" "))
    });
    let what = variable.or(word).unwrap_or_else(|| "an option".to_owned());
    format!("{what} is not UTF-8")
}

fn duration(text: &str) -> Result<Duration, String> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let milliseconds_per_unit = match unit {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        _ => 0,
    };
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(milliseconds_per_unit))
        // A day is beyond any container's patience, and far from what clocks cannot add.
        .filter(|milliseconds| (1..=86_400_000).contains(milliseconds))
        .map(Duration::from_millis)
        .ok_or_else(|| "write a time such as 90s, 500ms or 2m".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn without_options_all_is_as_clap_has_it() {
        let command = || vec![OsString::from("a"), OsString::from("-b")];
        let parsed =
            Args::try_parse_from([&[OsString::from("paramexec")], &command()[..]].concat());
        let by_clap = format!("{:?}", parsed.expect("a command"));
        assert_eq!(format!("{:?}", Args::of_command(command())), by_clap);
    }

    #[test]
    fn a_time_has_a_unit_or_is_in_seconds() {
        assert_eq!(duration("90").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("90s").unwrap(), Duration::from_secs(90));
        assert_eq!(duration("500ms").unwrap(), Duration::from_millis(500));
        assert_eq!(duration("2m").unwrap(), Duration::from_mins(2));
        for text in [
            "",
            "s",
            "0",
            "0s",
            "-1",
            "1.5s",
            "1h",
            "1 s",
            "99999999999999999999",
            "86401",
        ] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_first_word_that_is_no_option_starts_the_command() {
        let parse = |words: &[&str]| {
            Args::try_parse_from([&["paramexec"], words].concat()).map(|args| args.command)
        };
        assert_eq!(
            parse(&["env", "--from", "-x", "--", "y"]).unwrap(),
            ["env", "--from", "-x", "--", "y"]
        );
        assert_eq!(
            parse(&["--pristine", "--", "--odd", "a"]).unwrap(),
            ["--odd", "a"]
        );
        assert_eq!(parse(&["--mock", "env"]).unwrap(), ["env"]);
        assert_eq!(parse(&["--"]).unwrap(), Vec::<&str>::new());
        assert!(parse(&["--odd", "env"]).is_err());
    }
}
