//! SSM Parameter Store: parameters in tens, and everything below a path.

use std::collections::HashSet;

use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::operation::get_parameters_by_path::GetParametersByPathOutput;
use aws_sdk_ssm::types;
use futures_util::future::join_all;

use crate::error::{Diagnostic, ErrorKind};
use crate::request::{Parameter, Response, Target};
use crate::store::aws::Answered;
use crate::store::aws::error::{Operation, RequestError};
use crate::store::aws::retry::{Retrier, Service};
use crate::store::aws::session::Client;
use crate::value::SecretValue;

/// The most names that one request takes, and the most parameters that one page holds.
const MAX_NAMES: usize = 10;
const ACTION: &str = "ssm:GetParameters";

/// Shares questions for parameters out to as few requests as can be.
///
/// Names and ARNs go apart: a parameter of another account may come back under the name that one
/// of ours has, and nothing in the answer would tell them from each other.
pub(crate) fn batches(requests: Vec<Parameter>) -> Vec<Vec<Parameter>> {
    let (by_arn, by_name): (Vec<_>, Vec<_>) = requests
        .into_iter()
        .partition(|request| is_arn(&request.name));
    let in_tens = |requests: Vec<Parameter>| {
        requests
            .chunks(MAX_NAMES)
            .map(<[Parameter]>::to_vec)
            .collect::<Vec<_>>()
    };
    [in_tens(by_name), in_tens(by_arn)].concat()
}

/// How many requests so many names take, where they are all names or all ARNs.
pub(crate) fn requests(names: usize) -> usize {
    names.div_ceil(MAX_NAMES)
}

/// Asks one batch. A refused one is taken apart until it is known which names are refused.
pub(crate) async fn ask(
    client: &Client,
    batch: Vec<Parameter>,
    retrier: &Retrier,
) -> Answered<Parameter> {
    match request(client, &batch, retrier).await {
        Ok(output) => sort_out(client, batch, &output),
        Err(error) if error.split_batch && batch.len() > 1 => {
            // One at a time, side by side: a second round, whichever and however many are refused.
            let singles = batch
                .into_iter()
                .map(|request| Box::pin(ask(client, vec![request], retrier)));
            join_all(singles).await.into_iter().flatten().collect()
        }
        Err(RequestError { diagnostic, .. }) => batch
            .into_iter()
            .map(|request| (request, Err(diagnostic.clone())))
            .collect(),
    }
}

async fn request(
    client: &Client,
    batch: &[Parameter],
    retrier: &Retrier,
) -> Result<GetParametersOutput, RequestError> {
    let operation = match batch {
        [one] => client.operation(Target::Parameter(one.clone())),
        many => Operation {
            action: ACTION,
            object: format!("{} parameters", many.len()),
            region: &client.region,
            target: None,
            role: None,
        },
    };
    let names: Vec<String> = batch.iter().map(Parameter::full_name).collect();
    let call = async || {
        let request = client
            .ssm()
            .get_parameters()
            .set_names(Some(names.clone()))
            .with_decryption(true);
        request
            .send()
            .await
            .map_err(|error| RequestError::of(&error, &operation))
    };
    retrier
        .send(
            &client.limit_key(Service::ParameterStore),
            &operation.object,
            call,
        )
        .await
}

/// Results come in another order than they were asked for, and those that do not exist apart.
fn sort_out(
    client: &Client,
    batch: Vec<Parameter>,
    output: &GetParametersOutput,
) -> Answered<Parameter> {
    let invalid: HashSet<&str> = output
        .invalid_parameters()
        .iter()
        .map(String::as_str)
        .collect();
    let responses: Vec<_> = batch
        .iter()
        .map(|request| answer(client, request, &batch, output, &invalid))
        .collect();
    batch.into_iter().zip(responses).collect()
}

fn answer(
    client: &Client,
    request: &Parameter,
    batch: &[Parameter],
    output: &GetParametersOutput,
    invalid: &HashSet<&str>,
) -> Result<Response, Diagnostic> {
    let operation = client.operation(Target::Parameter(request.clone()));
    let Parameter { name, selector } = request;
    // Some emulators leave the selector out, which is no matter where the name is asked only once.
    let alone = batch.iter().filter(|other| has_name(other, name)).count() == 1;
    let found = output.parameters().iter().find(|parameter| {
        is_named(parameter, name, batch) && has_selector(parameter, selector.as_deref(), alone)
    });
    match found.and_then(|parameter| Some((parameter, parameter.value()?))) {
        Some((parameter, value)) => Ok(Response::Text {
            value: SecretValue::new(value),
            version: (parameter.version() > 0).then(|| parameter.version().to_string()),
        }),
        None if invalid
            .iter()
            .any(|invalid| same_name(invalid, &request.full_name())) =>
        {
            Err(operation.missing())
        }
        None => Err(operation.diagnostic(
            ErrorKind::Unavailable,
            "AWS's answer says nothing of it",
            "try again; if it stays so, check what answers in AWS's place",
        )),
    }
}

fn has_name(request: &Parameter, wanted: &str) -> bool {
    request.name == wanted
}

/// By name or ARN, whichever way it was asked and answered; by the name within an ARN only where
/// no other ARN of the batch ends in it.
fn is_named(parameter: &types::Parameter, operation: &str, batch: &[Parameter]) -> bool {
    let given = [parameter.name(), parameter.arn()];
    if given
        .into_iter()
        .flatten()
        .any(|given| same_name(given, operation))
    {
        return true;
    }
    let wrong_region = is_arn(operation) && parameter.arn().is_some();
    let alike = |request: &&Parameter| same_name(in_arn(&request.name), in_arn(operation));
    let only = batch
        .iter()
        .filter(alike)
        .all(|request| has_name(request, operation));
    let name = parameter.name().unwrap_or_default();
    !wrong_region
        && only
        && is_arn(name) != is_arn(operation)
        && same_name(in_arn(name), in_arn(operation))
}

fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// The name in the ARN of a parameter; at one level without its slash.
fn in_arn(name: &str) -> &str {
    match name.split_once(":parameter") {
        Some((_, rest)) if is_arn(name) => rest,
        _ => name,
    }
}

fn same_name(one: &str, other: &str) -> bool {
    let bare = |name: &str| match name.strip_prefix('/') {
        Some(rest) if !rest.contains('/') => rest.to_owned(),
        _ => name.to_owned(),
    };
    bare(one) == bare(other)
}

fn has_selector(parameter: &types::Parameter, operation: Option<&str>, alone: bool) -> bool {
    match (
        parameter
            .selector()
            .map(|selector| selector.trim_start_matches(':')),
        operation,
    ) {
        (None, None) => true,
        (Some(given), Some(operation)) => given == operation,
        (None, Some(_)) => alone,
        (Some(given), None) => given.is_empty(),
    }
}

/// Everything below `path`, in the order of the names.
pub(crate) async fn below(
    client: &Client,
    path: &str,
    retrier: &Retrier,
) -> Result<Response, Diagnostic> {
    let operation = client.operation(Target::Path(path.to_owned()));
    let mut parameters: Vec<(String, SecretValue)> = Vec::new();
    let mut seen = HashSet::new();
    let mut token: Option<String> = None;
    loop {
        let page = page(client, path, token.as_deref(), &operation, retrier).await?;
        // Something between here and AWS may answer a success that says nothing.
        let listed = page
            .parameters
            .as_deref()
            .ok_or_else(|| operation.empty())?;
        for parameter in listed {
            let (Some(name), Some(value)) = (parameter.name(), parameter.value()) else {
                return Err(operation.empty());
            };
            parameters.push((name.to_owned(), SecretValue::new(value)));
        }
        // An empty page may carry a token: only the lack of one is the end.
        token = page
            .next_token()
            .filter(|token| !token.is_empty())
            .map(str::to_owned);
        let Some(next) = &token else { break };
        if !seen.insert(next.clone()) {
            return Err(operation.diagnostic(
                ErrorKind::Unavailable,
                "AWS repeats a page token, so the list would never end",
                "try again; if it stays so, check what answers in AWS's place",
            ));
        }
    }
    parameters.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Response::Parameters(parameters))
}

async fn page(
    client: &Client,
    path: &str,
    token: Option<&str>,
    operation: &Operation<'_>,
    retrier: &Retrier,
) -> Result<GetParametersByPathOutput, Diagnostic> {
    let call = async || {
        let request = client
            .ssm()
            .get_parameters_by_path()
            // With its last slash, so that a policy on `parameter/the/path/*` covers the request.
            .path(path)
            .recursive(true)
            .with_decryption(true)
            .max_results(i32::try_from(MAX_NAMES).unwrap_or(i32::MAX))
            .set_next_token(token.map(str::to_owned));
        request
            .send()
            .await
            .map_err(|error| RequestError::of(&error, operation))
    };
    retrier
        .send(
            &client.limit_key(Service::ParameterStore),
            &operation.object,
            call,
        )
        .await
        .map_err(|error| error.diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameter(name: &str, arn: &str, selector: Option<&str>) -> types::Parameter {
        types::Parameter::builder()
            .name(name)
            .set_arn((!arn.is_empty()).then(|| arn.to_owned()))
            .set_selector(selector.map(str::to_owned))
            .build()
    }

    #[test]
    fn a_parameter_is_known_by_name_or_arn() {
        const ARN: &str = "arn:aws:ssm:eu-west-1:1:parameter/prod/db";
        const OTHER: &str = "arn:aws:ssm:eu-west-1:2:parameter/prod/db";
        let named = |parameter: types::Parameter, operation: &str| {
            is_named(
                &parameter,
                operation,
                &[request(operation), request("other")],
            )
        };
        assert!(named(parameter("/prod/db", ARN, None), "/prod/db"));
        assert!(named(parameter("/prod/db", ARN, None), ARN));
        assert!(named(parameter(ARN, "", None), ARN));
        assert!(named(parameter(ARN, "", None), "/prod/db"));
        assert!(named(parameter("/prod/db", "", None), ARN));
        assert!(named(parameter("/top", "", None), "top"));
        assert!(named(
            parameter("top", "", None),
            "arn:aws:ssm:eu-west-1:1:parameter/top"
        ));
        assert!(!named(parameter("/prod/db", OTHER, None), ARN));
        assert!(!named(parameter(OTHER, OTHER, None), ARN));
        assert!(!named(parameter("/prod/db", ARN, None), "/prod/db2"));
        // Both of these end in the same name, so a bare name tells nothing.
        let both = [request(ARN), request(OTHER)];
        assert!(!is_named(&parameter("/prod/db", "", None), ARN, &both));
        assert!(is_named(&parameter("/prod/db", OTHER, None), OTHER, &both));
    }

    #[test]
    fn a_selector_must_fit_unless_none_is_given_and_none_is_needed() {
        let with = |selector| parameter("a", "", selector);
        assert!(has_selector(&with(Some(":3")), Some("3"), false));
        assert!(!has_selector(&with(Some(":3")), Some("4"), true));
        assert!(!has_selector(&with(Some(":3")), None, true));
        assert!(has_selector(&with(None), Some("3"), true));
        assert!(!has_selector(&with(None), Some("3"), false));
    }

    #[test]
    fn twenty_one_names_are_three_requests() {
        let names = |count: usize| (0..count).map(|n| request(&format!("n{n}")));
        let sizes = |requests: Vec<Parameter>| -> Vec<usize> {
            batches(requests).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(names(21).collect()), [10, 10, 1]);
        assert_eq!(sizes(Vec::new()), [0; 0]);
        let arn = request("arn:aws:ssm:eu-west-1:1:parameter/a");
        assert_eq!(sizes(names(2).chain([arn]).collect()), [2, 1]);
    }

    fn request(name: &str) -> Parameter {
        Parameter {
            name: name.to_owned(),
            selector: None,
        }
    }
}
