//! Reports as JSON, in the stable shape of `docs/report.schema.json`.

use serde_json::{Value, json};

use super::Report;
use super::row::{Row, Status};
use crate::message::json_problems;
use crate::reference::{FileOptions, iam};
use crate::request::{Object, Parameter, Request, Secret, Target};

pub(super) fn show(report: &Report) -> String {
    let rows = |many: bool| {
        let chosen = report
            .rows
            .iter()
            .filter(|row| row.variable.is_none() == many);
        chosen.map(row).collect::<Vec<Value>>()
    };
    // Arguments may hold what no report should.
    let command = report
        .command
        .as_ref()
        .map(|command| command.program.to_string_lossy().into_owned());
    let report = json!({
        "format": 1,
        "checked": report.checked,
        "variables": rows(false),
        "sources": rows(true),
        "command": command,
        "problems": json_problems(&report.problems),
        "exit_code": report.exit_code,
    });
    format!("{report:#}\n")
}

fn row(row: &Row) -> Value {
    json!({
        "name": row.variable,
        "reference": row.reference,
        "origin": row.origin.to_string(),
        "asks": row.request.as_ref().map(request),
        "optional": row.optional,
        "has_default": row.has_default,
        "file": row.file.map(file),
        "status": row.status.as_ref().map(Status::word),
        "stops": row.stops,
        "version": match &row.status {
            Some(Status::Found(version)) => version.as_deref(),
            _ => None,
        },
    })
}

fn file(file: FileOptions) -> Value {
    let decode = file.base64.then_some("base64");
    json!({ "mode": format!("{:04o}", file.mode), "decode": decode })
}

fn request(request: &Request) -> Value {
    let Request { location, target } = request;
    let (name, at) = match target {
        Target::Parameter(Parameter { name, selector }) => (name.clone(), selector.clone()),
        Target::Path(path) => (path.clone(), None),
        Target::Secret(Secret { id, stage, version }) => {
            (id.clone(), version.clone().or_else(|| stage.clone()))
        }
        Target::Object(Object {
            bucket,
            key,
            version,
        }) => (format!("{bucket}/{key}"), version.clone()),
    };
    let action = iam::action(target);
    json!({ "action": action, "name": name, "at": at, "region": location.region, "role": location.role })
}
