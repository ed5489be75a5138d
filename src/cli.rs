//! What was typed. What it means is decided elsewhere.
//!
//! Every option has an environment twin, since an ENTRYPOINT is fixed when the image is built and
//! the environment is not. An option that is given wins over its twin; an empty twin counts as unset.

use std::ffi::OsString;
use std::time::Duration;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser};

use crate::failure::Error;
use crate::plan::Existing;

/// Fetches the parameters and secrets that the environment names, then becomes the command.
#[derive(Debug, Parser)]
#[command(
    name = "paramexec",
    version,
    override_usage = "paramexec [OPTIONS] [--] [COMMAND [ARG]...]",
    after_help = "Every option has an environment twin, shown in brackets; several values are separated by blanks.\n\
                  Exit codes: the command's; 64 usage, 65 unusable input, 66 missing, 69 AWS unavailable,\n\
                  75 throttled or out of time, 77 denied, 78 no region or credentials, 126/127 cannot execute/not found."
)]
pub struct Args {
    /// Read variables from FILE: NAME=REFERENCE lines, or an ECS task definition; repeatable
    #[arg(long, value_name = "FILE", env = "PARAMEXEC_MANIFEST")]
    pub manifest: Vec<String>,

    /// Which container of an ECS task definition is meant
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_CONTAINER")]
    pub container: Option<String>,

    /// Take every variable of URI: ssm:///path/, secretsmanager://json, s3://bucket/key, file:PATH; repeatable
    #[arg(long, value_name = "URI", env = "PARAMEXEC_FROM")]
    pub from: Vec<String>,

    /// What happens to variables that the environment already holds
    #[arg(
        long,
        value_enum,
        value_name = "RULE",
        env = "PARAMEXEC_EXISTING",
        default_value = "keep"
    )]
    pub existing: Existing,

    /// Take bare ARNs in the environment for references too
    #[arg(long, env = "PARAMEXEC_RESOLVE_ARNS")]
    pub resolve_arns: bool,

    /// The command when none is given: words as a shell splits them, or a JSON array
    #[arg(long, value_name = "COMMAND", env = "PARAMEXEC_DEFAULT_COMMAND")]
    pub default_command: Option<String>,

    /// Take NAME out of the command's environment; repeatable
    #[arg(long, value_name = "NAME", env = "PARAMEXEC_UNSET")]
    pub unset: Vec<String>,

    /// Hand on only what was fetched, and PATH, HOME, TERM, LANG, TZ, HOSTNAME, USER
    #[arg(long, env = "PARAMEXEC_PRISTINE")]
    pub pristine: bool,

    /// Do not hand AWS credentials of the environment on to the command
    #[arg(long, env = "PARAMEXEC_DROP_AWS_CREDENTIALS")]
    pub drop_aws_credentials: bool,

    /// Start without what is missing, and warn
    #[arg(long, env = "PARAMEXEC_ALLOW_MISSING")]
    pub allow_missing: bool,

    /// How long fetching may take in all, such as 90s, 500ms or 2m
    #[arg(long, value_name = "TIME", env = "PARAMEXEC_TIMEOUT", default_value = "60s", value_parser = duration)]
    pub timeout: Duration,

    /// Say on stderr what came from where
    #[arg(long, env = "PARAMEXEC_VERBOSE")]
    pub verbose: bool,

    /// Without AWS: a placeholder for every reference, or answers from a JSON FILE
    #[arg(long, value_name = "FILE", env = "PARAMEXEC_MOCK", num_args = 0..=1, require_equals = true, default_missing_value = "1")]
    pub mock: Option<OsString>,

    /// The command to become, and its arguments
    #[arg(value_name = "COMMAND", trailing_var_arg = true)]
    pub command: Vec<OsString>,
}

impl Args {
    /// Reads the command line and the environment's twins.
    ///
    /// Prints and ends the process for `--help` and `--version`.
    ///
    /// # Errors
    /// [`Error::Usage`] when either cannot be used.
    pub fn parse_from_process() -> Result<Self, Error> {
        let parsed = without_empty_twins(Self::command())
            .try_get_matches()
            .and_then(|matches| {
                Self::from_arg_matches(&matches).map(|args| args.with_several_in_a_twin(&matches))
            });
        parsed.map_err(|error| match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => error.exit(),
            _ => Error::Usage(message(&error)),
        })
    }

    /// A twin holds several values in one text; an option holds one, which may have blanks.
    fn with_several_in_a_twin(mut self, matches: &ArgMatches) -> Self {
        let from_twin = |id| matches.value_source(id) == Some(ValueSource::EnvVariable);
        let words = |texts: &[String]| -> Vec<String> {
            texts
                .iter()
                .flat_map(|text| text.split_whitespace())
                .map(str::to_owned)
                .collect()
        };
        if from_twin("manifest") {
            self.manifest = words(&self.manifest);
        }
        if from_twin("from") {
            self.from = words(&self.from);
        }
        if from_twin("unset") {
            self.unset = words(&self.unset);
        }
        self
    }

    /// How references are answered without AWS, if they are.
    #[must_use]
    pub fn mock(&self) -> Option<Mock> {
        let text = self.mock.as_ref()?;
        match text.to_str() {
            Some("0" | "false" | "no" | "off") => None,
            Some("" | "1" | "true" | "yes" | "on") => Some(Mock::Placeholders),
            _ => Some(Mock::File(text.clone())),
        }
    }
}

/// How references are answered without AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mock {
    /// By a text that names the reference.
    Placeholders,
    /// From this file.
    File(OsString),
}

fn without_empty_twins(command: clap::Command) -> clap::Command {
    let empty = |name: &std::ffi::OsStr| std::env::var_os(name).is_some_and(|text| text.is_empty());
    command.mut_args(|arg| {
        let arg = arg.hide_env_values(true);
        if arg.get_env().is_some_and(empty) {
            arg.env(None::<&'static str>)
        } else {
            arg
        }
    })
}

/// clap's message in the form of ours: no prefix, and no usage lines that hide the cause.
fn message(error: &clap::Error) -> String {
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let lines: Vec<&str> = lines
        .take_while(|line| !line.starts_with("Usage:"))
        .filter(|line| !line.starts_with("For more"))
        .collect();
    format!("{}: see \"paramexec --help\"", lines.join("; "))
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
