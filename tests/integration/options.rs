//! Every option and its environment variable, and what becomes of wrong ones.

use std::path::Path;

use crate::support::fake::{Fake, Fault, When};
use crate::support::outcome::Outcome;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

const PRINT: [&str; 1] = ["/usr/bin/env"];

const NOTICE: &str = "paramexec: running on mock placeholders, not on AWS\n";

/// A folder with one of each file that an option can name.
fn folder() -> TempDir {
    let folder = TempDir::new();
    folder.file("one", "ONE=1\nSAME=of one\n");
    folder.file("two", "TWO=2\nSAME=of two\n");
    folder.file(
        "task.json",
        r#"[{"name": "web", "environment": [{"name": "WHO", "value": "web"}]},
            {"name": "worker", "environment": [{"name": "WHO", "value": "worker"}]}]"#,
    );
    folder.file("dev.env", "DEV=1\nSAME='of dev'\n");
    folder.file("more.env", "MORE=1\n");
    folder.file("mock.json", r#"{"ssm:///mocked": "from the file"}"#);
    folder
}

/// One option, its variable, and what both must do.
struct Setting {
    option: &'static [&'static str],
    variable: (&'static str, &'static str),
    /// What the run needs besides, to show it.
    given: &'static [(&'static str, &'static str)],
    code: i32,
    stdout: &'static str,
    stderr: &'static str,
}

const SUCCESS: Setting = Setting {
    option: &[],
    variable: ("", ""),
    given: &[],
    code: 0,
    stdout: "",
    stderr: "",
};

const SETTINGS: &[Setting] = &[
    Setting {
        option: &["--manifest", "one", "--manifest", "two"],
        variable: ("PARAMEXEC_MANIFEST", " one\ttwo\n"),
        stdout: "ONE=1\nSAME=of one\nTWO=2\n",
        ..SUCCESS
    },
    Setting {
        option: &["--container", "worker"],
        variable: ("PARAMEXEC_CONTAINER", "worker"),
        given: &[("PARAMEXEC_MANIFEST", "task.json")],
        stdout: "WHO=worker\n",
        ..SUCCESS
    },
    Setting {
        option: &["--from", "file:dev.env", "--from=file:more.env"],
        variable: ("PARAMEXEC_FROM", "file:dev.env  file:more.env"),
        stdout: "DEV=1\nMORE=1\nSAME=of dev\n",
        ..SUCCESS
    },
    Setting {
        option: &["--existing", "replace"],
        variable: ("PARAMEXEC_EXISTING", "replace"),
        given: &[("PARAMEXEC_MANIFEST", "one"), ("SAME", "mine")],
        stdout: "ONE=1\nSAME=of one\n",
        ..SUCCESS
    },
    Setting {
        option: &["--resolve-arns"],
        variable: ("PARAMEXEC_RESOLVE_ARNS", "1"),
        given: &[
            ("PARAMEXEC_MOCK", "1"),
            ("A", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"),
            ("B", "arn:aws:s3:::bucket/key"),
        ],
        stdout: "A=mock:/a/b\nB=arn:aws:s3:::bucket/key\n",
        stderr: NOTICE,
        ..SUCCESS
    },
    Setting {
        option: &["--literal", "A", "--literal", "B"],
        variable: ("PARAMEXEC_LITERAL", "A B"),
        given: &[("A", "ssm:///a"), ("B", "see ssm:///b")],
        stdout: "A=ssm:///a\nB=see ssm:///b\n",
        ..SUCCESS
    },
    Setting {
        option: &["--unset", "A", "--unset", "SAME"],
        variable: ("PARAMEXEC_UNSET", "A SAME"),
        given: &[("PARAMEXEC_MANIFEST", "one"), ("A", "1"), ("B", "2")],
        stdout: "B=2\nONE=1\n",
        ..SUCCESS
    },
    Setting {
        option: &["--pristine"],
        variable: ("PARAMEXEC_PRISTINE", "yes"),
        given: &[
            ("PARAMEXEC_MANIFEST", "one"),
            ("OTHER", "1"),
            ("AWS_REGION", "x"),
            ("HOME", "h"),
            ("HOSTNAME", "n"),
            ("LANG", "l"),
            ("PATH", "p"),
            ("PATHS", "1"),
            ("TERM", "t"),
            ("TZ", "z"),
            ("USER", "u"),
        ],
        stdout: "HOME=h\nHOSTNAME=n\nLANG=l\nONE=1\nPATH=p\nSAME=of one\nTERM=t\nTZ=z\nUSER=u\n",
        ..SUCCESS
    },
    Setting {
        option: &["--drop-aws-credentials"],
        variable: ("PARAMEXEC_DROP_AWS_CREDENTIALS", "true"),
        given: &[
            ("AWS_ACCESS_KEY_ID", "1"),
            ("AWS_SECRET_ACCESS_KEY", "1"),
            ("AWS_SESSION_TOKEN", "1"),
            ("AWS_PROFILE", "1"),
            ("AWS_WEB_IDENTITY_TOKEN_FILE", "1"),
            ("AWS_ROLE_ARN", "1"),
            ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "1"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "1"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "1"),
            ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "1"),
            ("AWS_REGION", "eu-west-1"),
        ],
        stdout: "AWS_REGION=eu-west-1\n",
        ..SUCCESS
    },
    Setting {
        option: &["--allow-missing"],
        variable: ("PARAMEXEC_ALLOW_MISSING", "on"),
        given: &[
            ("PARAMEXEC_MOCK", "mock.json"),
            ("A", "ssm:///lacking"),
            ("B", "ssm:///mocked"),
        ],
        stdout: "B=from the file\n",
        stderr: "paramexec: running on mock values from \"mock.json\", not on AWS\n\
                 paramexec: warning: parameter \"/lacking\" is not in the mock file \"mock.json\": \
                 left out A from \"ssm:///lacking\" (environment)\n",
        ..SUCCESS
    },
    Setting {
        option: &["--verbose"],
        variable: ("PARAMEXEC_VERBOSE", "1"),
        given: &[("PARAMEXEC_MANIFEST", "one")],
        stdout: "ONE=1\nSAME=of one\n",
        stderr: "paramexec: set ONE (manifest \"one\" line 1)\n\
                 paramexec: set SAME (manifest \"one\" line 2)\n\
                 paramexec: set 2 variables, in 0 calls and no time\n",
        ..SUCCESS
    },
    Setting {
        option: &["--mock"],
        variable: ("PARAMEXEC_MOCK", "1"),
        given: &[("A", "ssm:///a/b")],
        stdout: "A=mock:/a/b\n",
        stderr: NOTICE,
        ..SUCCESS
    },
    Setting {
        option: &["--mock=mock.json"],
        variable: ("PARAMEXEC_MOCK", "mock.json"),
        given: &[("A", "ssm:///mocked")],
        stdout: "A=from the file\n",
        stderr: "paramexec: running on mock values from \"mock.json\", not on AWS\n",
        ..SUCCESS
    },
];

/// The options that inspect without running: variable, option, a text that both print, and what the run needs besides.
type Inspection = (
    (&'static str, &'static str),
    &'static [&'static str],
    &'static str,
    &'static [&'static str],
);

const INSPECTIONS: &[Inspection] = &[
    (
        ("PARAMEXEC_PLAN", "1"),
        &["--plan"],
        "\"/usr/bin/env\" would start\n",
        &[],
    ),
    (
        ("PARAMEXEC_CHECK", "1"),
        &["--check"],
        "found   A         ssm:///looked/at\n",
        &[],
    ),
    (
        ("PARAMEXEC_IAM_POLICY", "1"),
        &["--iam-policy"],
        "parameter/looked/at\"",
        &[],
    ),
    (
        ("PARAMEXEC_MOCK_TEMPLATE", "1"),
        &["--mock-template"],
        "\"ssm:///looked/at\": \"\"",
        &[],
    ),
    (
        ("PARAMEXEC_FORMAT", "json"),
        &["--format", "json"],
        "\"format\": 1",
        &["--plan"],
    ),
    (
        ("PARAMEXEC_ACCOUNT", "111122223333"),
        &["--account", "111122223333"],
        ":111122223333:parameter/looked/at\"",
        &["--iam-policy"],
    ),
    (
        ("PARAMEXEC_PARTITION", "aws-cn"),
        &["--partition", "aws-cn"],
        "\"arn:aws-cn:ssm:",
        &["--iam-policy"],
    ),
];

#[test]
fn every_option_that_inspects_and_its_environment_variable_do_the_same() {
    for ((variable, value), option, printed, given) in INSPECTIONS {
        let run = |words: &[&str], value: &str| {
            let run = Paramexec::new()
                .env("A", "ssm:///looked/at")
                .env("PARAMEXEC_MOCK", "1");
            shown(
                &run.env(variable, value)
                    .args(*given)
                    .args(words)
                    .args(PRINT)
                    .run(),
            )
        };
        let expected = run(option, "");
        assert_eq!(expected.0, Some(0), "{}", expected.2);
        assert!(expected.1.contains(printed), "{}", expected.1);
        assert_eq!(run(&[], value), expected, "{variable}");
        assert!(
            !run(&[], "").1.contains(printed),
            "{variable} makes a difference"
        );
    }
}

#[test]
fn install_and_its_environment_variable_do_the_same() {
    let folder = TempDir::new();
    let to = |name: &str| folder.path().join(name);
    Paramexec::new()
        .arg("--install")
        .arg(to("option"))
        .args(PRINT)
        .check();
    Paramexec::new()
        .env("PARAMEXEC_INSTALL", to("variable"))
        .args(PRINT)
        .check();
    for installed in [to("option"), to("variable")] {
        Paramexec::new()
            .binary(&installed)
            .args(["/bin/echo", "installed"])
            .expect_stdout("installed\n")
            .check();
    }
}

impl Setting {
    fn run(&self, folder: &Path, option: &[&str], variable: Option<&str>) -> Outcome {
        let mut run = Paramexec::new().current_dir(folder).args(option);
        for (name, value) in self.given {
            run = run.env(name, value);
        }
        if let Some(value) = variable {
            run = run.env(self.variable.0, value);
        }
        run.args(PRINT).run()
    }
}

fn shown(outcome: &Outcome) -> (Option<i32>, String, String) {
    // How long nothing takes is for the machine to say.
    let stderr = match outcome.stderr().rsplit_once(" calls and ") {
        Some((before, time)) if time.ends_with(" ms\n") => format!("{before} calls and no time\n"),
        _ => outcome.stderr(),
    };
    (outcome.code(), outcome.stdout(), stderr)
}

#[test]
fn every_option_and_its_environment_variable_do_the_same() {
    let folder = folder();
    for setting in SETTINGS {
        let expected = (
            Some(setting.code),
            setting.stdout.to_owned(),
            setting.stderr.to_owned(),
        );
        let run = |option, variable| shown(&setting.run(folder.path(), option, variable));
        assert_eq!(run(setting.option, None), expected, "{:?}", setting.option);
        assert_eq!(
            run(&[], Some(setting.variable.1)),
            expected,
            "{:?}",
            setting.variable
        );
        let without = run(&[], None);
        assert_ne!(
            without, expected,
            "{:?} makes a difference",
            setting.variable.0
        );
        assert_eq!(
            run(&[], Some("")),
            without,
            "an empty {} counts as unset",
            setting.variable.0
        );
    }
}

#[test]
fn every_option_that_help_shows_is_among_the_tested() {
    let help = Paramexec::new().arg("--help").run().stdout();
    let elsewhere = [
        "PARAMEXEC_TIMEOUT",
        "PARAMEXEC_DEFAULT_COMMAND",
        "PARAMEXEC_INSTALL",
    ];
    let variables = help.lines().filter_map(|line| {
        let option = line.strip_prefix("      --")?;
        let name = option.split([' ', '[']).next()?;
        Some(format!(
            "PARAMEXEC_{}",
            name.replace('-', "_").to_uppercase()
        ))
    });
    let variables: Vec<String> = variables.collect();
    assert!(variables.len() > 10, "{help}");
    for variable in &variables {
        assert!(
            elsewhere.contains(&variable.as_str())
                || INSPECTIONS
                    .iter()
                    .any(|inspection| inspection.0.0 == *variable)
                || SETTINGS.iter().any(|tested| tested.variable.0 == *variable),
            "{variable} is not tested here"
        );
    }
}

#[test]
fn a_variable_that_says_no_is_as_if_it_were_unset() {
    let folder = folder();
    for setting in SETTINGS
        .iter()
        .filter(|setting| ["1", "yes", "true", "on"].contains(&setting.variable.1))
    {
        let without = shown(&setting.run(folder.path(), &[], None));
        for no in ["0", "false", "no", "off"] {
            assert_eq!(
                shown(&setting.run(folder.path(), &[], Some(no))),
                without,
                "{}={no}",
                setting.variable.0
            );
        }
        let with = shown(&setting.run(folder.path(), setting.option, None));
        for yes in ["1", "true", "yes", "on"] {
            assert_eq!(
                shown(&setting.run(folder.path(), &[], Some(yes))),
                with,
                "{}={yes}",
                setting.variable.0
            );
            assert_eq!(
                shown(&setting.run(folder.path(), setting.option, Some("0"))),
                with,
                "{:?} wins over its variable",
                setting.option
            );
        }
    }
}

#[test]
fn an_option_wins_over_its_variable() {
    let folder = folder();
    let run = || Paramexec::new().current_dir(folder.path());
    run()
        .env("PARAMEXEC_MANIFEST", "one")
        .args(["--manifest", "two"])
        .args(PRINT)
        .expect_stdout("SAME=of two\nTWO=2\n")
        .check();
    run()
        .env("PARAMEXEC_FROM", "file:dev.env")
        .args(["--from", "file:more.env"])
        .args(PRINT)
        .expect_stdout("MORE=1\n")
        .check();
    run()
        .env("PARAMEXEC_UNSET", "A")
        .env("A", "1")
        .env("B", "1")
        .args(["--unset", "B"])
        .args(PRINT)
        .expect_stdout("A=1\n")
        .check();
    run()
        .env("PARAMEXEC_MANIFEST", "task.json")
        .env("PARAMEXEC_CONTAINER", "web")
        .args(["--container", "worker"])
        .args(PRINT)
        .expect_stdout("WHO=worker\n")
        .check();
    run()
        .env("PARAMEXEC_MANIFEST", "one")
        .env("PARAMEXEC_EXISTING", "fail")
        .env("SAME", "mine")
        .args(["--existing=keep"])
        .args(PRINT)
        .expect_stdout("ONE=1\nSAME=mine\n")
        .check();
    run()
        .env("PARAMEXEC_DEFAULT_COMMAND", "/bin/false")
        .args(["--default-command", "/bin/echo option"])
        .expect_stdout("option\n")
        .check();
    run()
        .env("PARAMEXEC_MOCK", "mock.json")
        .env("A", "ssm:///a")
        .arg("--mock")
        .args(PRINT)
        .expect_stdout("A=mock:a\n")
        .expect_stderr(NOTICE)
        .check();
}

#[test]
fn the_timeout_is_that_of_the_option_else_of_its_variable() {
    let fake = Fake::start();
    fake.secure("/app/key", "value")
        .script(When::always(), Fault::Hang);
    let run = |timeout: &str, variable: &str| {
        let run = Paramexec::new()
            .endpoint(&fake)
            .env("KEY", "ssm:///app/key");
        let run = if timeout.is_empty() {
            run
        } else {
            run.args(["--timeout", timeout])
        };
        run.env("PARAMEXEC_TIMEOUT", variable)
            .args(PRINT)
            .expect_code(75)
            .expect_stderr_containing("was not answered within the timeout of 0.2 s")
            .check()
    };
    run("200ms", "");
    run("", "200ms");
    run("200ms", "50s");
}

#[test]
fn a_value_of_an_option_may_have_blanks_and_of_a_variable_is_split_at_them() {
    let folder = TempDir::new();
    folder.file("with blank", "A=1\n");
    let run = || {
        Paramexec::new()
            .current_dir(folder.path())
            .args(["--manifest", "with blank"])
    };
    run().args(PRINT).expect_stdout("A=1\n").check();
    Paramexec::new()
        .current_dir(folder.path())
        .env("PARAMEXEC_MANIFEST", "with blank")
        .args(PRINT)
        .expect_code(66)
        .expect_stderr(
            r#"paramexec: command not started: 2 problems (exit code 66)
  manifest "with" does not exist
    help: correct the path, or copy the file into the image
    for --manifest
  manifest "blank" does not exist
    help: correct the path, or copy the file into the image
    for --manifest
"#,
        )
        .check();
}

#[test]
fn no_variable_of_paramexec_reaches_the_command() {
    Paramexec::new()
        .env("PARAMEXEC_VERBOSE", "0")
        .env("PARAMEXEC_", "1")
        .env("PARAMEXEC_UNKNOWN", "ssm:///never/asked")
        .env("PARAMEXECUTE", "1")
        .env("paramexec_lower", "1")
        .args(PRINT)
        .expect_stdout("PARAMEXECUTE=1\nparamexec_lower=1\n")
        .check();
}

#[test]
fn help_and_version_go_to_stdout() {
    for help in ["--help", "-h"] {
        Paramexec::new()
            .args([help, "/bin/false"])
            .expect_stdout_containing("Usage: paramexec [OPTIONS] [--] [COMMAND [ARG]...]")
            .expect_stdout_containing("PARAMEXEC_FROM")
            .expect_stdout_containing("Exit codes:")
            .check();
    }
    for version in ["--version", "-V"] {
        Paramexec::new()
            .arg(version)
            .expect_stdout_containing(concat!("paramexec ", env!("CARGO_PKG_VERSION"), " ("))
            .check();
    }
}

#[test]
fn help_shows_no_value_of_a_variable() {
    let outcome = Paramexec::new()
        .env("PARAMEXEC_DEFAULT_COMMAND", "login --password hunter2")
        .env("PARAMEXEC_FROM", "ssm:///hunter2/")
        .arg("--help")
        .run();
    assert!(
        !outcome.stdout().contains("hunter2"),
        "{}",
        outcome.stdout()
    );
}

const USAGE: &str = "paramexec: command not started: 1 problem (exit code 64)\n  ";

#[track_caller]
fn usage(run: Paramexec, message: &str, help: &str) {
    run.args(PRINT)
        .expect_code(64)
        .expect_stderr(format!("{USAGE}{message}\n    help: {help}\n"))
        .check();
}

#[test]
fn a_wrong_option_is_a_usage_error_that_names_it() {
    let with = |words: &[&str]| Paramexec::new().args(words);
    usage(
        with(&["--manifst", "x"]),
        "unknown option \"--manifst\"",
        "did you mean \"--manifest\"?",
    );
    usage(
        with(&["-x"]),
        "unknown option \"-x\"",
        "what belongs to the command stands after \"--\"; see \"paramexec --help\"",
    );
    usage(
        with(&["--timeout", "1h"]),
        "invalid value \"1h\" of --timeout",
        "write a time such as 90s, 500ms or 2m",
    );
    usage(
        with(&["--existing", "keeep"]),
        "invalid value \"keeep\" of --existing",
        "did you mean \"keep\"?",
    );
    usage(
        with(&["--verbose=1"]),
        "--verbose takes no value",
        "leave it out",
    );
    usage(
        with(&["--timeout", "1s", "--timeout", "2s"]),
        "--timeout is given twice",
        "leave one out",
    );
    Paramexec::new()
        .arg("--from")
        .expect_code(64)
        .expect_stderr(format!(
            "{USAGE}--from needs a value\n    help: see \"paramexec --help\"\n"
        ))
        .check();
}

#[test]
fn a_wrong_variable_is_a_usage_error_that_names_it() {
    let with = |name: &str, value: &str| Paramexec::new().env(name, value);
    usage(
        with("PARAMEXEC_TIMEOUT", "1h"),
        "invalid value \"1h\" of PARAMEXEC_TIMEOUT",
        "write a time such as 90s, 500ms or 2m",
    );
    usage(
        with("PARAMEXEC_EXISTING", "some"),
        "invalid value \"some\" of PARAMEXEC_EXISTING",
        "write one of keep, replace, fail",
    );
    for flag in [
        "resolve-arns",
        "pristine",
        "drop-aws-credentials",
        "allow-missing",
        "verbose",
    ] {
        let variable = format!("PARAMEXEC_{}", flag.to_uppercase().replace('-', "_"));
        usage(
            with(&variable, "maybe"),
            &format!("invalid value \"maybe\" of {variable}"),
            "value was not a boolean",
        );
    }
    // The variable is not blamed for what the command line says.
    usage(
        with("PARAMEXEC_TIMEOUT", "1s").args(["--timeout", "1h"]),
        "invalid value \"1h\" of --timeout",
        "write a time such as 90s, 500ms or 2m",
    );
}

#[test]
fn an_option_that_is_not_utf8_is_a_usage_error_that_names_it() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;
    let broken = || OsString::from_vec(b"br\xffken".to_vec());
    let refused = |run: Paramexec, what: &str| {
        run.args(PRINT)
            .expect_code(64)
            .expect_stderr(format!(
                "{USAGE}{what} is not UTF-8\n    help: write it in plain characters\n"
            ))
            .check();
    };
    refused(
        Paramexec::new().env("PARAMEXEC_TIMEOUT", broken()),
        "PARAMEXEC_TIMEOUT",
    );
    refused(
        Paramexec::new().env("PARAMEXEC_FROM", broken()),
        "PARAMEXEC_FROM",
    );
    refused(
        Paramexec::new().arg("--manifest").arg(broken()),
        r#"the argument "--manifest" "br\xFFken""#,
    );
    let mut joined = OsString::from("--from=");
    joined.push(broken());
    refused(
        Paramexec::new().arg(joined),
        r#"the argument "--from=br\xFFken""#,
    );
}

#[test]
fn what_is_no_mistyped_variable_may_be_anybodys() {
    Paramexec::new()
        .env("PARAMEXEC_PORT", "tcp://10.0.0.1:80")
        .env("PARAMEXEC_PORT_80_TCP_PROTO", "tcp")
        .env("PARAMEXEC_SERVICE_HOST", "10.0.0.1")
        .env("PARAMEXEC_MODE", "x")
        .env("PARAMEXEC_VERSION", "1")
        .env("PARAMEXEC_MANIFST", "")
        .args(PRINT)
        .check();
}

#[test]
fn a_mistyped_variable_is_refused_as_a_mistyped_option_is() {
    for (typed, meant) in [
        ("PARAMEXEC_MANIFESTS", "PARAMEXEC_MANIFEST"),
        ("PARAMEXEC_FORM", "PARAMEXEC_FROM"),
        ("PARAMEXEC_ALOW_MISSING", "PARAMEXEC_ALLOW_MISSING"),
        ("PARAMEXEC_TIMOUT", "PARAMEXEC_TIMEOUT"),
    ] {
        Paramexec::new()
            .env(typed, "1")
            .args(PRINT)
            .expect_code(64)
            .expect_stderr(format!(
                "{USAGE}unknown option {typed}\n    help: did you mean {meant}?\n"
            ))
            .check();
    }
}
