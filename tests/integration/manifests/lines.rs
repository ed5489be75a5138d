//! Manifests of `NAME=REFERENCE` lines.

use super::{on, refused};
use crate::support::fake::{Fake, Op};
use crate::support::temp::TempDir;

#[test]
fn a_line_is_a_reference_a_literal_a_comment_or_blank() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/shop/key", "fetched")
        .secret("json", r#"{"port": 5432}"#);
    let arn = "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/key";
    folder.file(
        "manifest",
        format!(
            "\u{feff}# a comment\r\n\r\nKEY=ssm:///shop/key\r\n  PORT = secretsmanager://json#port  \n\
             \t# another\nARN={arn}\nLITERAL=a=b # no comment\nEMPTY=\nBUCKET=s3://bucket/key\nLD_LIBRARY_PATH=named"
        ),
    );
    on(&fake, &folder)
        .args(["--manifest", "manifest"])
        .expect_stdout(
            "ARN=fetched\nBUCKET=s3://bucket/key\nEMPTY=\nKEY=fetched\nLD_LIBRARY_PATH=named\nLITERAL=a=b # no comment\nPORT=5432\n",
        )
        .check();
    assert_eq!(fake.calls(Op::GetSecretValue).len(), 1);
}

#[test]
fn everything_wrong_with_the_lines_is_told_at_once_and_no_line_is_shown() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file(
        "manifest",
        "hunter2\nA=1\nA=hunter2\nB=ssm:/shop/b\nC=\"hunter2\"\nPARAMEXEC_FROM=hunter2\n=hunter2\nexport E=hunter2\n\
         D_PASSWORD: hunter2=hunter2\nF=ssm:///f?defautl=hunter2\nG=ssm:///g?default=hunter2&hunter2=hunter2\n\
         H=ssm:///path/\nI=s3:hunter2\nJ=ssm:///j?optional=yes\n",
    );
    refused(
        on(&fake, &folder).args(["--manifest", "manifest"]),
        65,
        &[
            "manifest \"manifest\" line 1 has no \"=\": write \"NAME=REFERENCE\", or \"#\" before a comment",
            "\"PARAMEXEC_FROM\" is one of paramexec's own options, which never reach the command: set it in the environment of paramexec itself\nmanifest \"manifest\" line 6",
            "a variable has no name: name it\nmanifest \"manifest\" line 7",
            "manifest \"manifest\" line 8 begins with \"export\": write \"NAME=REFERENCE\" alone",
            "manifest \"manifest\" line 9 has a blank in the name before \"=\": write \"NAME=REFERENCE\"",
            "manifest \"manifest\" line 3 names \"A\" a second time, after line 2: keep one of them\n\"A\" (manifest \"manifest\" line 2)",
            "\"ssm:/shop/b\" is not a usable reference, its scheme is misspelt: write \"ssm:///shop/b\"\n\"B\" (manifest \"manifest\" line 4)",
            "manifest \"manifest\" line 5 has quotes around its value: write the value bare: a manifest has no quoting\n\"C\" (manifest \"manifest\" line 5)",
            "\"ssm:///f?defautl=…\" is not a usable reference, it has an unknown option \"defautl\": write \"?default\"\n\"F\" (manifest \"manifest\" line 10)",
            "\"ssm:///g?default=…&…\" is not a usable reference, what follows the \"&\" after its default is no option: in a default an \"&\" is written \"%26\" and a \"#\" \"%23\"\n\"G\" (manifest \"manifest\" line 11)",
            "\"ssm:///path/\" is not a usable reference, it ends in a slash, so it names a path, not one parameter: name one parameter, or take the whole path with --from\n\"H\" (manifest \"manifest\" line 12)",
            "\"ssm:///j?optional=yes\" is not a usable reference, \"?optional\" takes no value: write \"?optional\"\n\"J\" (manifest \"manifest\" line 14)",
        ],
    );
    assert_eq!(fake.connections(), 0);
}

#[test]
fn a_manifest_that_cannot_be_read_is_told_by_its_path() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    folder.file("binary", b"A=1\nB=\xff\n");
    refused(
        on(&fake, &folder).args(["--manifest", "none"]),
        66,
        &[
            "manifest \"none\" does not exist: correct the path, or copy the file into the image\n--manifest",
        ],
    );
    refused(
        on(&fake, &folder).args(["--manifest", "."]),
        65,
        &["manifest \".\" cannot be read, is a directory: name a readable file\n--manifest"],
    );
    refused(
        on(&fake, &folder).args(["--manifest", "binary"]),
        65,
        &["manifest \"binary\" line 2 is not UTF-8: save the manifest as UTF-8"],
    );
    folder.file("huge", vec![b'#'; (8 << 20) + 1]);
    refused(
        on(&fake, &folder).args(["--manifest", "huge"]),
        65,
        &[
            "manifest \"huge\" is larger than 8 MiB: no environment can carry that much: name the right file\n--manifest",
        ],
    );
}

#[test]
fn what_is_optional_may_be_missing_and_what_has_a_default_takes_it() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secure("/there", "fetched")
        .secret("json", r#"{"key": "of json"}"#);
    folder.file(
        "manifest",
        "A=ssm:///none?optional\nB=ssm:///none?default=stand-in\nC=ssm:///none?default=\nD=ssm:///there?default=x\n\
         E=ssm:///there?optional\nF=secretsmanager://none?optional#key\nG=secretsmanager://none?default=two%20words#key\n\
         H=secretsmanager://json?default=x#key\n",
    );
    on(&fake, &folder)
        .args(["--manifest", "manifest"])
        .expect_stdout("B=stand-in\nC=\nD=fetched\nE=fetched\nG=two words\nH=of json\n")
        .check();
}

#[test]
fn neither_optional_nor_default_stands_in_for_what_is_denied_or_lacks_its_key() {
    let (fake, folder) = (Fake::start(), TempDir::new());
    fake.secret("json", r#"{"key": "of json"}"#);
    folder.file(
        "manifest",
        "A=secretsmanager://json?optional#kye\nB=secretsmanager://json?default=x#other\n",
    );
    refused(
        on(&fake, &folder).args(["--manifest", "manifest"]),
        65,
        &[
            "secret \"json\" has no key \"kye\": perhaps \"#key\" was meant\n\"A\" from \"secretsmanager://json?optional#kye\" (manifest \"manifest\" line 1)",
            "secret \"json\" lacks the key of the reference: correct the key or add it to the value; in a default \"#\" is written \"%23\"\n\"B\" from \"secretsmanager://json?default=…#…\" (manifest \"manifest\" line 2)",
        ],
    );
    fake.deny("json");
    on(&fake, &folder)
        .args(["--manifest", "manifest"])
        .expect_code(77)
        .expect_stderr_containing(
            "secretsmanager:GetSecretValue on secret \"json\" in eu-west-1: AWS denied access",
        )
        .check();
}
