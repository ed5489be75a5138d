//! The shape of reports for machines: every report has it, and nothing else has.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::{PLANTED, Shop};
use crate::emulator::python;
use crate::support::secrecy::values_never_shown;

/// Reports of all kinds.
fn reports() -> Vec<Value> {
    let arrangements: [(&[&str], i32); 5] = [
        (&["--plan"], 0),
        (&["--check"], 0),
        (&["--check", "--from", "ssm:///nothing/"], 66),
        (&["--plan", "--from", "smm:///x/"], 65),
        (&["--iam-policy"], 0),
    ];
    let report = |(arguments, code): &(&[&str], i32)| {
        let shop = Shop::new();
        let outcome = shop
            .run()
            .env(
                "KEY",
                "ssm:///shop/prod/db/password?role=arn:aws:iam::111122223333:role/reader",
            )
            .args(["--format=json"])
            .args(*arguments);
        shop.fake.role("arn:aws:iam::111122223333:role/reader");
        let outcome = outcome.run();
        assert_eq!(outcome.code(), Some(*code), "{}", outcome.stderr());
        values_never_shown(&outcome, &PLANTED);
        serde_json::from_slice(&outcome.stdout).expect("JSON alone on stdout")
    };
    arrangements.iter().map(report).collect()
}

/// What is wrong with each text.
fn complaints(texts: &[Value]) -> Vec<Vec<String>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut child = Command::new(python().expect("the environment of scripts/venv"))
        .arg("-B")
        .arg(root.join("tests/integration/validate.py"))
        .arg(root.join("docs/report.schema.json"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python starts");
    let lines: String = texts.iter().map(|text| format!("{text}\n")).collect();
    let mut input = child.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || input.write_all(lines.as_bytes()));
    let output = child.wait_with_output().expect("python ends");
    writer.join().expect("no panic").expect("all is read");
    let answers = String::from_utf8(output.stdout).expect("UTF-8");
    let answers: Vec<Vec<String>> = answers
        .lines()
        .map(|line| serde_json::from_str(line).expect("a list"))
        .collect();
    assert_eq!(answers.len(), texts.len());
    answers
}

#[test]
fn every_report_has_the_documented_shape() {
    let reports = reports();
    for (report, complaints) in reports.iter().zip(complaints(&reports)) {
        assert_eq!(complaints, Vec::<String>::new(), "{report:#}");
    }
}

#[test]
fn a_field_too_many_or_too_few_is_not_the_documented_shape() {
    let mut changed = Vec::new();
    for report in reports() {
        for pointer in objects(&report, "") {
            for change in changes(&report, &pointer) {
                changed.push((pointer.clone(), change));
            }
        }
    }
    assert!(changed.len() > 100, "{}", changed.len());
    let texts: Vec<Value> = changed.iter().map(|(_, text)| text.clone()).collect();
    for ((pointer, text), complaints) in changed.iter().zip(complaints(&texts)) {
        assert!(!complaints.is_empty(), "{pointer} of {text:#}");
    }
}

/// Where the objects are whose fields are documented; IAM's own conditions and the names of roles are not ours.
fn objects(value: &Value, at: &str) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, child)| (name.clone(), child))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(at, child)| (at.to_string(), child))
            .collect(),
        _ => Vec::new(),
    };
    let own = (value.is_object() && !at.ends_with("/roles")).then(|| at.to_owned());
    let below = children
        .iter()
        .filter(|(name, _)| name != "Condition")
        .flat_map(|(name, child)| objects(child, &format!("{at}/{}", name.replace('/', "~1"))));
    own.into_iter().chain(below).collect()
}

fn changes(report: &Value, pointer: &str) -> Vec<Value> {
    let mut changes = Vec::new();
    let mut add = |apply: &dyn Fn(&mut serde_json::Map<String, Value>)| {
        let mut copy = report.clone();
        let object = copy.pointer_mut(pointer).and_then(Value::as_object_mut);
        apply(object.expect("an object"));
        changes.push(copy);
    };
    add(&|object| {
        object.insert("unknown".to_owned(), json!(1));
    });
    let names = report
        .pointer(pointer)
        .and_then(Value::as_object)
        .expect("an object");
    // A statement may be without a condition.
    for name in names.keys().filter(|name| *name != "Condition") {
        add(&|object| {
            object.remove(name);
        });
    }
    changes
}

#[test]
fn a_report_tells_what_is_asked_and_what_came_of_it() {
    let reports = reports();
    let row = |report: &Value, name: &str| {
        let rows = report["variables"].as_array().expect("a list");
        rows.iter()
            .find(|row| row["name"] == name)
            .expect("the row")
            .clone()
    };
    assert_eq!(
        row(&reports[0], "DB_PASSWORD"),
        json!({
            "name": "DB_PASSWORD",
            "reference": "ssm:///shop/prod/db/password:3",
            "origin": "manifest \"shop.manifest\" line 1",
            "asks": {"action": "ssm:GetParameters", "name": "/shop/prod/db/password", "at": "3", "region": null, "role": null},
            "optional": false,
            "has_default": false,
            "file": null,
            "status": null,
            "stops": false,
            "version": null,
        })
    );
    let checked = row(&reports[1], "DB_PASSWORD");
    assert_eq!(
        (&checked["status"], &checked["version"]),
        (&json!("found"), &json!("3"))
    );
    let defaulted = row(&reports[1], "LOG_LEVEL");
    assert_eq!(
        (&defaulted["status"], &defaulted["stops"]),
        (&json!("missing"), &json!(false))
    );
    let key = row(&reports[1], "KEY");
    assert_eq!(key["asks"]["role"], "arn:aws:iam::111122223333:role/reader");
    let nothing = &reports[2]["sources"][2];
    assert_eq!(
        (&nothing["status"], &nothing["stops"]),
        (&json!("missing"), &json!(true))
    );
    assert_eq!(reports[2]["problems"][0]["exit_code"], 66);
    assert_eq!(
        reports[2]["problems"][0]["subjects"],
        json!([{"variable": null, "reference": null, "source": "--from \"ssm:///nothing/\"", "line": null}])
    );
    assert_eq!(reports[0]["command"], "/bin/true");
}
