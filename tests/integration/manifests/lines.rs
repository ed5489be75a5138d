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
        r##"
  manifest "manifest":
    line 1: has no "="
      help: write "NAME=REFERENCE", or "#" before a comment
    line 2: named a second time on line 3
      help: keep one of them
      for A
    line 4: invalid reference "ssm:/shop/b": its scheme is misspelt
      help: write "ssm:///shop/b"
      for B
    line 5: has quotes around its value
      help: write the value bare: a manifest has no quoting
      for C
    line 6: "PARAMEXEC_FROM" is one of paramexec's own options, which never reach the command
      help: set it in the environment of paramexec itself
    line 7: a variable has no name
      help: write its name in front of its value, or remove it
    line 8: begins with "export"
      help: write "NAME=REFERENCE" alone
    line 9: has a blank in the name before "="
      help: write "NAME=REFERENCE"
    line 10: invalid reference "ssm:///f?defautl=…": it has an unknown option "defautl"
      help: write "?default="
      for F
    line 11: invalid reference "ssm:///g?default=…&…": what follows the "&" after its default is no option
      help: in a default an "&" is written "%26" and a "#" "%23"
      for G
    line 12: invalid reference "ssm:///path/": it ends in a slash, so it names a path, not one parameter
      help: name one parameter, or take the whole path with --from
      for H
    line 14: invalid reference "ssm:///j?optional=yes": "?optional" takes no value
      help: write "?optional"
      for J
"##,
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
        r#"
  manifest "none" does not exist
    help: correct the path, or copy the file into the image
    for --manifest
"#,
    );
    refused(
        on(&fake, &folder).args(["--manifest", "."]),
        65,
        r#"
  manifest "." cannot be read: is a directory
    help: name a readable file
    for --manifest
"#,
    );
    refused(
        on(&fake, &folder).args(["--manifest", "binary"]),
        65,
        r#"
  manifest "binary" line 2 is not UTF-8
    help: save the manifest as UTF-8
"#,
    );
    folder.file("huge", vec![b'#'; (8 << 20) + 1]);
    refused(
        on(&fake, &folder).args(["--manifest", "huge"]),
        65,
        r#"
  manifest "huge" is larger than 8 MiB
    help: no environment can carry that much: name the right file
    for --manifest
"#,
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
        r##"
  manifest "manifest":
    line 1: secret "json" has no key "kye"
      help: did you mean "#key"?
      for A from "secretsmanager://json?optional#kye"
    line 2: secret "json" lacks the key of the reference
      help: correct the key or add it to the value; in a default "#" is written "%23"
      for B from "secretsmanager://json?default=…#…"
"##,
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
