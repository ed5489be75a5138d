//! `?file`: a secret as a file that is on no file system.

use crate::support::fake::Fake;
use crate::support::run::Paramexec;
use crate::support::temp::TempDir;

fn on(fake: &Fake) -> Paramexec {
    Paramexec::new().endpoint(fake).env("PATH", "/usr/bin:/bin")
}

#[test]
fn the_variable_holds_a_path_that_the_command_and_its_children_read() {
    let fake = Fake::start();
    fake.secure("/tls", "a key\nof lines\n")
        .secret("json", r#"{"key": "of json"}"#)
        .secret_binary("binary", b"\xff\x00\xfe");
    let read = "cat \"$A\" \"$B\" \"$C\"; exec 3>/dev/null; (cat \"$A\"; sh -c 'cat \"$A\"'); case $A in /proc/$$/fd/200) echo 200;; esac";
    let outcome = on(&fake)
        .env("A", "ssm:///tls?file")
        .env("B", "secretsmanager://json?file#key")
        .env("C", "secretsmanager://binary?file")
        .shell(read)
        .run();
    let key = b"a key\nof lines\n".as_slice();
    let expected = [key, b"of json\xff\x00\xfe", key, key, b"200\n"].concat();
    assert_eq!(outcome.stdout, expected, "{}", outcome.stderr());
}

#[test]
fn a_file_is_sealed_has_its_mode_and_leaves_no_value_in_the_environment() {
    let fake = Fake::start();
    fake.secure("/tls", "hunter2");
    on(&fake)
        .env("A", "ssm:///tls?file")
        .env("B", "ssm:///tls?file&mode=0400")
        .shell(
            "stat -L -c %a \"$A\" \"$B\"; \
             for write in 'echo x >$B' 'echo x >>$A' 'truncate -s 1 $A' 'truncate -s 99 $B'; do \
             sh -c \"$write\" 2>/dev/null && echo written; done; \
             grep -c hunter2 /proc/$$/environ; cat $A $B",
        )
        .expect_stdout("444\n400\n0\nhunter2hunter2")
        .check();
}

#[test]
fn base64_is_decoded_and_what_is_none_is_refused() {
    let fake = Fake::start();
    fake.secure("/good", "AAEC\n/w==\n")
        .secure("/bad", "hunter2!");
    let run = on(&fake)
        .env("A", "ssm:///good?file&decode=base64")
        .env("B", "ssm:///none?default=aGk%3D&file&decode=base64")
        .shell("cat \"$A\" \"$B\"");
    assert_eq!(run.run().stdout, b"\x00\x01\x02\xffhi");
    on(&fake)
        .env("A", "ssm:///bad?file&decode=base64")
        .args(["true"])
        .expect_code(65)
        .expect_stderr_containing("parameter \"/bad\" is not base64\n    help: store it as base64")
        .check();
}

#[test]
fn a_manifest_takes_an_object_of_any_bytes_and_size() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    let bytes: Vec<u8> = (0..=255).cycle().take(1 << 20).collect();
    fake.object("bucket", "key.p12", &bytes);
    folder.file(
        "manifest",
        "A=s3://bucket/key.p12?file\nB=s3://bucket/key\n",
    );
    let run = on(&fake)
        .current_dir(folder.path())
        .args(["--manifest", "manifest"])
        .shell("cat \"$A\"; printf %s \"$B\"");
    let output = run.run().stdout;
    assert!(output == [&bytes[..], b"s3://bucket/key"].concat());
}

#[test]
fn the_secrets_of_an_ecs_definition_take_objects_and_its_environment_does_not() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.object("bucket", "key.p12", b"\xff\x00")
        .secure("/tls", "hunter2");
    folder.file(
        "task.json",
        r#"{"secrets": [{"name": "A", "valueFrom": "s3://bucket/key.p12?file"},
                        {"name": "B", "valueFrom": "/tls?file&mode=0400"}],
            "environment": [{"name": "C", "value": "s3://bucket/key.p12?file"},
                            {"name": "D", "value": "ssm:///tls?file"}]}"#,
    );
    let run = on(&fake)
        .current_dir(folder.path())
        .args(["--manifest", "task.json"])
        .shell(r#"cat "$A" "$B" "$D"; stat -L -c " %a" "$B"; printf %s "$C""#);
    let expected = b"\xff\x00hunter2hunter2 400\ns3://bucket/key.p12?file";
    assert_eq!(run.run().stdout, expected);
}

#[test]
fn few_descriptors_are_enough_and_none_left_is_told() {
    let fake = Fake::start();
    fake.secure("/tls", "hunter2");
    let limited = |limit: &str| {
        on(&fake).env("A", "ssm:///tls?file").wrapped_in([
            "/bin/sh",
            "-c",
            &format!("ulimit -n {limit}; exec \"$@\""),
            "sh",
        ])
    };
    limited("30")
        .shell("cat \"$A\"; case $A in */29) echo; echo 29;; esac")
        .expect_stdout("hunter2\n29\n")
        .check();
    let many: Vec<String> = (0..30).map(|n| format!("A{n}=ssm:///tls?file\n")).collect();
    let folder = TempDir::new();
    folder.file("manifest", many.concat());
    limited("30")
        .current_dir(folder.path())
        .args(["--manifest", "manifest", "true"])
        .expect_code(78)
        .expect_stderr_containing("raise the limit on open files (ulimit -n)")
        .check();
}

#[test]
fn reports_and_mock_values_know_files() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/tls", "hunter2");
    let run = || on(&fake).env("A", "ssm:///tls?file&mode=0400");
    for flag in ["--plan", "--check"] {
        let outcome = run().args([flag, "--format=json", "true"]).run();
        let report: serde_json::Value = serde_json::from_str(&outcome.stdout()).unwrap();
        let file = &report["variables"][0]["file"];
        assert_eq!(*file, serde_json::json!({"mode": "0400", "decode": null}));
    }
    run()
        .args(["--mock"])
        .shell("cat \"$A\"")
        .expect_stdout("mock:tls")
        .expect_stderr_containing("mock placeholders")
        .check();
    folder.file("mock.json", r#"{"ssm:///tls": "aGk="}"#);
    on(&fake)
        .env("A", "ssm:///tls?file&decode=base64")
        .env("B", "ssm:///none?file&optional")
        .current_dir(folder.path())
        .args(["--mock=mock.json"])
        .shell("cat \"$A\"; echo \"${B-unset}\"")
        .expect_stdout("hiunset\n")
        .expect_stderr_containing("mock values")
        .check();
}

#[test]
fn options_of_files_that_mean_nothing_are_refused() {
    let fake = Fake::start();
    for (reference, said) in [
        (
            "ssm:///a?mode=0400",
            "\"?mode\" means nothing without \"?file\"",
        ),
        (
            "ssm:///a?decode=base64",
            "\"?decode\" means nothing without \"?file\"",
        ),
        ("ssm:///a?file=1", "\"?file\" takes no value"),
        (
            "ssm:///a?file&mode=0755",
            "\"?mode=\" is not the mode of a file that its owner reads",
        ),
        (
            "ssm:///a?file&mode=4",
            "\"?mode=\" is not the mode of a file that its owner reads",
        ),
        (
            "ssm:///a?file&decode=hex",
            "\"?decode=\" names no known encoding",
        ),
    ] {
        on(&fake)
            .env("A", reference)
            .args(["true"])
            .expect_code(65)
            .expect_stderr_containing(said)
            .check();
    }
    on(&fake)
        .args(["--from", "ssm:///a/?file", "true"])
        .expect_code(65)
        .expect_stderr_containing("\"?file\" means nothing for an SSM path")
        .check();
    assert_eq!(fake.connections(), 0);
}
