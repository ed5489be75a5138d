//! The table of exit codes, row by row, each failure with its full text. 128 + n is in `command/signals.rs`.

use super::{Row, Stage, planted};
use crate::support::fake::{Failure, Fault, When};

/// Long enough for several tries, and never waited for in vain.
const BRIEFLY: [&str; 2] = ["--timeout", "500ms"];

pub(super) const ROWS: &[Row] = &[
    Row {
        code: 64,
        arrange: |stage| stage.everything().env_remove("PARAMEXEC_DEFAULT_COMMAND"),
        stderr: "paramexec: no command: add one, or set --default-command or PARAMEXEC_DEFAULT_COMMAND\n",
    },
    Row {
        code: 64,
        arrange: |stage| stage.everything().arg("--nothing"),
        stderr: "paramexec: there is no option \"--nothing\"; what belongs to the command stands after \"--\": see \"paramexec --help\"\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let default = format!("ssm://app/key?defualt={}", planted::DEFAULT);
            stage.everything().env("WRONG", default)
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 \"ssm://app/key?defualt=…\" is not a usable reference, it has an unknown option \"defualt\": write \"?default\"\n    \
                 for \"WRONG\" (environment)\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            stage.folder.file(
                "wrong",
                format!("{0}\n{0}=\nA: {0}={0}\nB='{0}'\n=B\n", planted::MALFORMED),
            );
            stage.everything().args(["--manifest", "wrong"])
        },
        stderr: "paramexec: the command was not started: 4 problems (exit code 65)\n  \
                 manifest \"wrong\" line 1 has no \"=\": write \"NAME=REFERENCE\", or \"#\" before a comment\n  \
                 manifest \"wrong\" line 3 has a blank in the name before \"=\": write \"NAME=REFERENCE\"\n  \
                 manifest \"wrong\" line 4 has quotes around the value of \"B\": write the value bare: a manifest has no quoting\n  \
                 a variable has no name: name it\n    \
                 for manifest \"wrong\" line 5\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            stage.folder.file(
                "wrong.json",
                format!("{{\"environment\": [\"{}\"}}", planted::MALFORMED),
            );
            stage.everything().args(["--manifest", "wrong.json"])
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 manifest \"wrong.json\" is not JSON at line 1 column 48: mend it there\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let text = format!(
                "A={0} {0}\n{0}\nB=\"{0}\nC=1\"{0}\nD=$({0})\nE={0}${0}\n{0} F=1\nG=\"\\{0}\"",
                planted::MALFORMED
            );
            stage.fake.object("bucket", "wrong.env", &text);
            stage.folder.file("wrong.env", &text);
            stage.everything().args([
                "--from",
                "s3://bucket/wrong.env",
                "--from",
                "file:wrong.env?dialect=docker",
            ])
        },
        stderr: "paramexec: the command was not started: 9 problems (exit code 65)\n  \
                 \"file:wrong.env?dialect=docker\" line 2: a name without '=', which docker takes from its own environment and ECS skips: write NAME=value\n    \
                 for --from \"file:wrong.env?dialect=docker\"\n  \
                 \"file:wrong.env?dialect=docker\" line 7: the name holds a blank or a control character, and the docker dialect knows neither 'export' nor 'NAME = value': write NAME=value\n    \
                 for --from \"file:wrong.env?dialect=docker\"\n  \
                 \"s3://bucket/wrong.env\" line 1: a value with blanks has no quotes: put it in single quotes\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 2: no '=' after a name: write NAME=value, put '#' before a comment, and quotes around a value of several lines\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 4: text follows the closing quote: put the whole value within the quotes, or ' #' before a comment\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 5: a command substitution outside single quotes, which is never run: put the value in single quotes\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 6: '$' outside single quotes that is no ${NAME}: put the value in single quotes, or write ${NAME}\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 7: the name is not made of A-Z, a-z, 0-9, '_' and '.', or begins with a digit or '.': rename the variable\n    \
                 for --from \"s3://bucket/wrong.env\"\n  \
                 \"s3://bucket/wrong.env\" line 8: a backslash that libraries read differently: only '\\n' in double quotes is common, so put the value in single quotes\n    \
                 for --from \"s3://bucket/wrong.env\"\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            stage
                .everything()
                .env("WRONG", "secretsmanager://json#pasword")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 secret \"json\" has no key \"pasword\": perhaps \"#password\" was meant\n    \
                 for \"WRONG\" from \"secretsmanager://json#pasword\" (environment)\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            stage
                .everything()
                .env("WRONG", "secretsmanager://whole#key")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 secret \"whole\" is not a JSON object: leave \"#key\" out to take it whole\n    \
                 for \"WRONG\" from \"secretsmanager://whole#key\" (environment)\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            stage
                .fake
                .secret_binary("binary", planted::WHOLE_SECRET.as_bytes());
            stage
                .everything()
                .env("WRONG", "secretsmanager://binary")
                .env("KEYED", "secretsmanager://binary#key")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 secret \"binary\" is binary, which no environment can carry: store it as text, base64 for example\n    \
                 for \"KEYED\" from \"secretsmanager://binary#key\" (environment)\n    \
                 for \"WRONG\" from \"secretsmanager://binary\" (environment)\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let object = serde_json::json!({"NUL": format!("{}\0", planted::JSON), "A=B": planted::JSON, "": planted::JSON});
            stage.fake.secret("odd", &object.to_string());
            stage
                .everything()
                .args(["--from", "secretsmanager://odd"])
                .env("NUL_2", "secretsmanager://odd#NUL")
        },
        stderr: "paramexec: the command was not started: 3 problems (exit code 65)\n  \
                 a variable has no name: name it\n    \
                 for --from \"secretsmanager://odd\"\n  \
                 the environment cannot carry the name \"A=B\": a variable's name has no \"=\" and no NUL in it\n    \
                 for --from \"secretsmanager://odd\"\n  \
                 the value of \"NUL_2\" contains a NUL, which no environment can carry: store it without, base64 for example\n    \
                 for \"NUL_2\" from \"secretsmanager://odd#NUL\" (environment)\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let long = planted::PARAMETER.repeat(6_000);
            stage.fake.secret("long", &long);
            stage.everything().env("LONG", "secretsmanager://long")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 \"LONG\" and its value are 132006 bytes, and Linux takes less than 128 KiB: \
                 store a shorter value, or hand it over as a file\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let long = planted::OBJECT.repeat(4_000);
            let lines: Vec<String> = (10..40)
                .map(|number| format!("LONG_{number}={long}\n"))
                .collect();
            stage.fake.object("bucket", "long.env", lines.concat());
            // The limit is a quarter of the stack's.
            stage
                .everything()
                .args(["--pristine", "--from", "s3://bucket/long.env"])
                .wrapped_in(["/bin/sh", "-c", "ulimit -S -s 8192; exec \"$@\"", "sh"])
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 65)\n  \
                 environment and arguments together are 3120905 bytes, and Linux takes 2097152 here: hand over less; the largest are \"LONG_10\" (104009 bytes), \"LONG_11\" (104009 bytes), \"LONG_12\" (104009 bytes)\n",
    },
    Row {
        code: 66,
        arrange: |stage| {
            stage
                .everything()
                .env("ONE", "ssm:///app/none:3")
                .env("TWO", "secretsmanager://none#key")
                .env("THREE", "secretsmanager://none")
                .args([
                    "--from",
                    "s3://bucket/none.env",
                    "--from",
                    "file:none.env",
                    "--from",
                    "ssm:///none/",
                ])
        },
        stderr: "paramexec: the command was not started: 5 problems (exit code 66)\n  \
                 file \"none.env\" does not exist: correct the path, or copy the file into the image\n    \
                 for --from \"file:none.env\"\n  \
                 object \"s3://bucket/none.env\" does not exist in eu-west-1: create it, or correct the name, the region or the account\n    \
                 for --from \"s3://bucket/none.env\"\n  \
                 \"ssm:///none/\" gives no variables: correct it, or mark it \"?optional\" if it may be empty\n    \
                 for --from \"ssm:///none/\"\n  \
                 parameter \"/app/none:3\" does not exist in eu-west-1: create it, or correct the name, the region or the account\n    \
                 for \"ONE\" from \"ssm:///app/none:3\" (environment)\n  \
                 secret \"none\" does not exist in eu-west-1: create it, or correct the name, the region or the account\n    \
                 for \"THREE\" from \"secretsmanager://none\" (environment)\n    \
                 for \"TWO\" from \"secretsmanager://none#key\" (environment)\n",
    },
    Row {
        code: 66,
        arrange: |stage| stage.everything().args(["--manifest", "none"]),
        stderr: "paramexec: the command was not started: 1 problem (exit code 66)\n  \
                 manifest \"none\" does not exist: correct the path, or copy the file into the image\n    \
                 for --manifest\n",
    },
    Row {
        code: 66,
        arrange: |stage| stage.everything().arg("--mock=mock.json"),
        stderr: "paramexec: running on mock values from \"mock.json\", not on AWS\n\
                 paramexec: the command was not started: 3 problems (exit code 66)\n  \
                 path \"/app/path/\" is not in the mock file \"mock.json\": add it there, or correct the reference\n    \
                 for --from \"ssm:///app/path/\"\n  \
                 object \"s3://bucket/app.env\" is not in the mock file \"mock.json\": add it there, or correct the reference\n    \
                 for --from \"s3://bucket/app.env\"\n  \
                 secret \"whole\" is not in the mock file \"mock.json\": add it there, or correct the reference\n    \
                 for \"WHOLE\" from \"secretsmanager://whole\" (manifest \"manifest\" line 3)\n",
    },
    Row {
        code: 66,
        arrange: |stage| stage.bare().arg("--mock=none.json"),
        stderr: "paramexec: the command was not started: 1 problem (exit code 66)\n  \
                 mock file \"none.json\" does not exist: correct the path, or copy the file into the image\n    \
                 for --mock\n",
    },
    Row {
        code: 65,
        arrange: |stage| {
            let text = serde_json::json!({
                "ssm:///app/key": {"key": planted::MALFORMED},
                "ssm:///path/": planted::MALFORMED,
                "secretsmanager://x": [planted::MALFORMED],
                "ssm:///app/json#key": planted::MALFORMED,
                "file:x": planted::MALFORMED,
                format!("ssm:///y?default={}", planted::DEFAULT): 5,
                format!("ssn://{}", "z"): planted::MALFORMED,
            });
            stage.folder.file("wrong.json", text.to_string());
            stage.bare().arg("--mock=wrong.json")
        },
        stderr: "paramexec: the command was not started: 7 problems (exit code 65)\n  \
                 \"file:x\" is not a usable reference, a local file is read as it is: leave it out of the mock file\n    \
                 for --mock\n  \
                 \"secretsmanager://x\" in the mock file \"wrong.json\" has a value of the wrong kind: give a parameter or dotenv object a text, a secret a text or an object, a path an object\n    \
                 for --mock\n  \
                 \"ssm:///app/json#key\" is not a usable reference, a parameter's JSON key cannot be mocked alone: give the whole parameter a JSON text\n    \
                 for --mock\n  \
                 \"ssm:///app/key\" in the mock file \"wrong.json\" has a value of the wrong kind: give a parameter or dotenv object a text, a secret a text or an object, a path an object\n    \
                 for --mock\n  \
                 \"ssm:///path/\" in the mock file \"wrong.json\" has a value of the wrong kind: give a parameter or dotenv object a text, a secret a text or an object, a path an object\n    \
                 for --mock\n  \
                 \"ssm:///y?default=…\" in the mock file \"wrong.json\" has a value of the wrong kind: give a parameter or dotenv object a text, a secret a text or an object, a path an object\n    \
                 for --mock\n  \
                 \"ssn://z\" is not a usable reference, it has no known scheme: write \"ssm://…\"\n    \
                 for --mock\n",
    },
    Row {
        code: 69,
        arrange: |stage| {
            stage
                .bare()
                .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
                .args(BRIEFLY)
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 69)\n  \
                 ssm:GetParameters on parameter \"/app/key\" in eu-west-1: cannot reach AWS, connection refused; no success within the timeout of 0.5 s: check the network, the endpoint and the region's name, and that DNS works\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 69,
        arrange: |stage| {
            stage
                .fake
                .script(When::always(), Fault::Fail(Failure::internal()));
            stage.bare().args(BRIEFLY)
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 69)\n  \
                 ssm:GetParameters on parameter \"/app/key\" in eu-west-1: AWS answered with status 500 (InternalServerError: An error occurred on the server side.); no success within the timeout of 0.5 s: try again later\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 75,
        arrange: |stage| {
            stage
                .fake
                .script(When::always(), Fault::Fail(Failure::throttled()));
            stage.bare().args(BRIEFLY)
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 75)\n  \
                 ssm:GetParameters on parameter \"/app/key\" in eu-west-1: throttled by AWS (ThrottlingException: Rate exceeded); no success within the timeout of 0.5 s: try again later, or ask for more throughput\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 75,
        arrange: |stage| {
            stage.fake.script(When::always(), Fault::Hang);
            stage.bare().args(BRIEFLY)
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 75)\n  \
                 parameter \"/app/key\" was not answered within the timeout of 0.5 s: try again, check that the network lets it through, or raise --timeout\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 77,
        arrange: |stage| {
            stage
                .fake
                .deny("/app/key")
                .deny("json")
                .deny("bucket/app.env")
                .deny("/app/path");
            stage.everything()
        },
        stderr: "paramexec: the command was not started: 4 problems (exit code 77)\n  \
                 ssm:GetParametersByPath on path \"/app/path/\" in eu-west-1: AWS denied access (AccessDeniedException: User: arn:aws:iam::111122223333:user/test is not authorized to perform: ssm:GetParametersByPath on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/app/path/ because no identity-based policy allows the ssm:GetParametersByPath action): allow \"ssm:GetParametersByPath\" on \"arn:aws:ssm:eu-west-1:ACCOUNT_ID:parameter/app/path/*\", and \"kms:Decrypt\" on its key if it is not the default one\n    \
                 for --from \"ssm:///app/path/\"\n  \
                 s3:GetObject on object \"s3://bucket/app.env\" in eu-west-1: AWS denied access (AccessDenied: User: arn:aws:iam::111122223333:user/test is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::bucket/app.env\" because no identity-based policy allows the s3:GetObject action): allow \"s3:GetObject\" on \"arn:aws:s3:::bucket/app.env\", and \"kms:Decrypt\" on its key where it has one; S3 also denies what does not exist to who may not list the bucket\n    \
                 for --from \"s3://bucket/app.env\"\n  \
                 ssm:GetParameters on parameter \"/app/key\" in eu-west-1: AWS denied access (AccessDeniedException: User: arn:aws:iam::111122223333:user/test is not authorized to perform: ssm:GetParameters on resource: arn:aws:ssm:eu-west-1:111122223333:parameter/app/key because no identity-based policy allows the ssm:GetParameters action): allow \"ssm:GetParameters\" on \"arn:aws:ssm:eu-west-1:ACCOUNT_ID:parameter/app/key\", and \"kms:Decrypt\" on its key if it is not the default one\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n  \
                 secretsmanager:GetSecretValue on secret \"json\" in eu-west-1: AWS denied access (AccessDeniedException: User: arn:aws:iam::111122223333:user/test is not authorized to perform: secretsmanager:GetSecretValue on resource: json because no identity-based policy allows the secretsmanager:GetSecretValue action): allow \"secretsmanager:GetSecretValue\" on \"arn:aws:secretsmanager:eu-west-1:ACCOUNT_ID:secret:json-??????\", and \"kms:Decrypt\" on its key if it is not the default one\n    \
                 for \"PASSWORD\" from \"secretsmanager://json#password\" (environment)\n",
    },
    Row {
        code: 77,
        arrange: |stage| {
            stage
                .bare()
                .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 77)\n  \
                 AWS does not accept the credentials (InvalidSignatureException: The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.): check that they belong together, are still valid, and are not from another partition\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 78,
        arrange: |stage| stage.bare().env_remove("AWS_REGION"),
        stderr: "paramexec: the command was not started: 1 problem (exit code 78)\n  \
                 there is no AWS region: set \"AWS_REGION\", or add \"?region=\" to the reference\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 78,
        arrange: |stage| {
            stage
                .bare()
                .env_remove("AWS_ACCESS_KEY_ID")
                .env_remove("AWS_SECRET_ACCESS_KEY")
        },
        stderr: "paramexec: the command was not started: 1 problem (exit code 78)\n  \
                 there are no AWS credentials: give the task, pod or instance a role, set \"AWS_PROFILE\" or \"AWS_ACCESS_KEY_ID\", or use --mock\n    \
                 for \"KEY\" from \"ssm:///app/key\" (environment)\n",
    },
    Row {
        code: 126,
        arrange: |stage| stage.everything().args(["--", "./manifest"]),
        stderr: "paramexec: cannot execute \"./manifest\", permission denied: make it executable for this user\n",
    },
    Row {
        code: 127,
        arrange: |stage| {
            stage
                .everything()
                .env("PATH", "/nowhere")
                .args(["--", "no-such-command"])
        },
        stderr: "paramexec: cannot execute \"no-such-command\", no such command: it is nowhere in PATH \"/nowhere\"\n",
    },
];

#[test]
fn every_failure_has_its_code_and_its_text_and_the_command_does_not_start() {
    let mut differences = Vec::new();
    for (number, row) in ROWS.iter().enumerate() {
        let stage = Stage::new();
        let outcome = (row.arrange)(&stage).run();
        let expected = (Some(row.code), "", row.stderr);
        let (stdout, stderr) = (outcome.stdout(), outcome.stderr());
        if (outcome.code(), stdout.as_str(), stderr.as_str()) != expected {
            differences.push(format!(
                "--- row {number}: expected {}\n{}--- got {:?} {stdout}\n{stderr}",
                row.code,
                row.stderr,
                outcome.code()
            ));
        }
    }
    assert!(differences.is_empty(), "\n{}", differences.concat());
}

#[test]
fn every_code_of_the_contract_has_its_row() {
    for code in [64, 65, 66, 69, 75, 77, 78, 126, 127] {
        assert!(ROWS.iter().any(|row| row.code == code), "{code}");
    }
}
