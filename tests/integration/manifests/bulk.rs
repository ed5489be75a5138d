//! Bulk sources: paths, JSON secrets and dotenv objects.

use super::{on, refused};
use crate::support::fake::{Fake, Op};
use crate::support::temp::TempDir;

#[test]
fn a_path_gives_everything_below_it_by_its_place() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/prod/shop/db/host", "db")
        .parameter("/prod/shop/api-key.v2", "key")
        .string_list("/prod/shop/list", "a,b")
        .secure("/prod/shopping", "not below")
        .secure("/prod/other/x", "not below");
    on(&fake, &folder)
        .args(["--from", "ssm:///prod/shop/"])
        .expect_stdout("API_KEY_V2=key\nDB_HOST=db\nLIST=a,b\n")
        .check();
    on(&fake, &folder)
        .args(["--from", "ssm:///prod/shop/?prefix=Shop_"])
        .expect_stdout("Shop_API_KEY_V2=key\nShop_DB_HOST=db\nShop_LIST=a,b\n")
        .check();
}

#[test]
fn values_below_a_path_are_no_references() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.parameter("/shop/a", "ssm:///shop/b")
        .parameter("/shop/b", "b");
    fake.secret("json", r#"{"C": "ssm:///shop/b"}"#);
    on(&fake, &folder)
        .args(["--from", "ssm:///shop/", "--from", "secretsmanager://json"])
        .expect_stdout("A=ssm:///shop/b\nB=b\nC=ssm:///shop/b\n")
        .check();
    assert_eq!(fake.calls(Op::GetParameters).len(), 0);
}

#[test]
fn two_parameters_that_give_one_name_are_both_shown() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/shop/db/host", "1")
        .secure("/shop/db-host", "2")
        .secure("/shop/DB_HOST", "3");
    refused(
        on(&fake, &folder).args(["--from", "ssm:///shop/"]),
        65,
        r#"
  --from "ssm:///shop/":
    parameters "/shop/DB_HOST" and "/shop/db-host" both give "DB_HOST"
    parameters "/shop/db-host" and "/shop/db/host" both give "DB_HOST"
      help: rename one of them, or name them in a manifest
"#,
    );
}

#[test]
fn a_json_secret_gives_each_of_its_keys() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secret(
        "json",
        r#"{"text": "a\nb", "PORT": 5432, "big": 1e6, "yes": true, "none": null, "list": [1, "a"], "o": {"a":1.0}}"#,
    );
    on(&fake, &folder)
        .args(["--from", "secretsmanager://json"])
        .expect_stdout(
            "PORT=5432\nbig=1e6\nlist=[1, \"a\"]\nnone=null\no={\"a\":1.0}\ntext=a\nb\nyes=true\n",
        )
        .check();
    on(&fake, &folder)
        .args([
            "--from",
            "secretsmanager://json?prefix=DB_",
            "/bin/sh",
            "-c",
            "echo $DB_PORT $DB_yes",
        ])
        .expect_stdout("5432 true\n")
        .check();
}

#[test]
fn a_secret_that_is_no_json_object_gives_nothing() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secret("text", "hunter2")
        .secret("list", "[\"hunter2\"]")
        .secret_binary("binary", b"\xff");
    refused(
        on(&fake, &folder).args([
            "--from",
            "secretsmanager://text",
            "--from",
            "secretsmanager://list",
            "--from",
            "secretsmanager://binary",
        ]),
        65,
        r#"
  --from "secretsmanager://text":
    "secretsmanager://text" is not a JSON object
      help: --from takes a JSON object of names and values; a single value is for one variable: NAME=secretsmanager://text
  --from "secretsmanager://list":
    "secretsmanager://list" is not a JSON object
      help: --from takes a JSON object of names and values; a single value is for one variable: NAME=secretsmanager://list
  --from "secretsmanager://binary":
    secret "binary" is binary
      help: store a JSON object as text
"#,
    );
}

#[test]
fn no_bulk_source_may_set_what_the_dynamic_loader_obeys() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/shop/ld/preload", "x")
        .secret("json", r#"{"GLIBC_TUNABLES": "x", "FINE": "1"}"#)
        .object("bucket", "bad.env", "FINE=1\nDYLD_INSERT_LIBRARIES=x\n");
    folder.file("bad.env", "# comment\nLD_LIBRARY_PATH=x\nLD_AUDIT=y\n");
    folder.file(
        "task.json",
        r#"{"environmentFiles": [{"value": "file:bad.env"}]}"#,
    );
    let run = || on(&fake, &folder);
    refused(
        run().args(["--from", "ssm:///shop/"]),
        65,
        r#"
  --from "ssm:///shop/":
    "LD_PRELOAD" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    refused(
        run().args(["--from", "secretsmanager://json"]),
        65,
        r#"
  --from "secretsmanager://json":
    "GLIBC_TUNABLES" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    refused(
        run().args(["--from", "s3://bucket/bad.env"]),
        65,
        r#"
  --from "s3://bucket/bad.env":
    line 2: "DYLD_INSERT_LIBRARIES" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    refused(
        run().args(["--from", "file:bad.env"]),
        65,
        r#"
  --from "file:bad.env":
    line 2: "LD_LIBRARY_PATH" is obeyed by the dynamic loader, so no bulk source may set it
    line 3: "LD_AUDIT" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    refused(
        run().args(["--manifest", "task.json"]),
        65,
        r#"
  manifest "task.json" environmentFiles[0] "file:bad.env":
    line 2: "LD_LIBRARY_PATH" is obeyed by the dynamic loader, so no bulk source may set it
    line 3: "LD_AUDIT" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    // A prefix makes a loader's variable, or makes one harmless.
    refused(
        run().args(["--from", "secretsmanager://json?prefix=LD_"]),
        65,
        r#"
  --from "secretsmanager://json?prefix=LD_":
    "LD_FINE" is obeyed by the dynamic loader, so no bulk source may set it
    "LD_GLIBC_TUNABLES" is obeyed by the dynamic loader, so no bulk source may set it
      help: if it is meant, name it in a manifest
"#,
    );
    run()
        .args(["--from", "secretsmanager://json?prefix=MY_"])
        .expect_stdout("MY_FINE=1\nMY_GLIBC_TUNABLES=x\n")
        .check();
}

#[test]
fn a_bulk_source_that_gives_nothing_is_missing_unless_it_is_optional() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secret("empty", "{}")
        .object("bucket", "empty.env", "# nothing\n")
        .bucket("bucket");
    folder.file("empty.env", "\n");
    let path = "correct the path, the region or the account";
    let may_be = "add \"?optional\" if it may be empty";
    let no_path =
        "a single parameter is the value of a variable, and --from takes all below a path";
    let sources = [
        ("ssm:///shop/", format!("{path}, or {may_be}")),
        ("ssm:///shop", format!("{path}; {no_path}")),
        (
            "secretsmanager://empty",
            format!("put variables in it, or {may_be}"),
        ),
        (
            "s3://bucket/empty.env",
            format!("put variables in it, or {may_be}"),
        ),
        (
            "file:empty.env",
            format!("put variables in it, or {may_be}"),
        ),
    ];
    for (source, help) in sources {
        refused(
            on(&fake, &folder).args(["--from", source]),
            66,
            &format!(
                "  \"{source}\" gives no variables\n    help: {help}\n    for --from \"{source}\"\n"
            ),
        );
        on(&fake, &folder)
            .args(["--from", &format!("{source}?optional")])
            .expect_stdout("")
            .check();
        on(&fake, &folder)
            .args(["--allow-missing", "--from", source])
            .expect_stdout("")
            .expect_stderr(format!("paramexec: warning: \"{source}\" gives no variables: left out --from \"{source}\"\n"))
            .check();
    }
}

#[test]
fn a_bulk_source_that_does_not_exist_is_missing_unless_it_is_optional() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.bucket("bucket");
    for (source, cause, remedy) in [
        (
            "secretsmanager://none",
            "secret \"none\" does not exist in eu-west-1",
            "create it, or correct the name, the region or the account",
        ),
        (
            "s3://bucket/none.env",
            "object \"s3://bucket/none.env\" does not exist in eu-west-1",
            "create it, or correct the name, the region or the account",
        ),
        (
            "file:none.env",
            "file \"none.env\" does not exist",
            "correct the path, or copy the file into the image",
        ),
    ] {
        refused(
            on(&fake, &folder).args(["--from", source]),
            66,
            &format!("  {cause}\n    help: {remedy}\n    for --from \"{source}\"\n"),
        );
        on(&fake, &folder)
            .args(["--from", &format!("{source}?optional")])
            .expect_stdout("")
            .check();
        on(&fake, &folder)
            .args(["--allow-missing", "--from", source])
            .expect_stderr(format!(
                "paramexec: warning: {cause}: left out --from \"{source}\"\n"
            ))
            .check();
    }
}

#[test]
fn what_from_does_not_take_is_told_with_what_was_meant() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    for (source, reason, help) in [
        (
            "https://x",
            "it has no known scheme",
            "use ssm://, secretsmanager://, s3://, file: or an ARN",
        ),
        ("ssn:///x/", "it has no known scheme", "write \"ssm:///x/\""),
        ("SSM:/x/", "it has no known scheme", "write \"ssm:///x/\""),
        ("/x/", "it has no known scheme", "write \"ssm:///x/\""),
        (".env", "it has no known scheme", "write \"file:.env\""),
        (
            "https://x.s3.eu-west-1.amazonaws.com/app.env",
            "it has no known scheme",
            "write \"s3://bucket/key\"",
        ),
        (
            "secretsmanager://x#key",
            "a key after \"#\" picks one value, and --from takes them all",
            "leave the key out, or name the variable in a manifest",
        ),
        (
            "file:x?region=eu-west-1",
            "\"?region\" means nothing for a file",
            "its options are optional, prefix, dialect",
        ),
        (
            "s3://bucket/x?dialect=dokcer",
            "there is no dialect \"dokcer\"",
            "write \"dotenv\" or \"docker\"",
        ),
        (
            "",
            "it has no known scheme",
            "use ssm://, secretsmanager://, s3://, file: or an ARN",
        ),
    ] {
        refused(
            on(&fake, &folder).args(["--from", source]),
            65,
            &format!(
                "  invalid reference \"{source}\": {reason}\n    help: {help}\n    for --from\n"
            ),
        );
    }
    assert_eq!(fake.connections(), 0);
}
