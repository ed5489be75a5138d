//! SSM Parameter Store: parameters in tens, and everything below a path.

use std::collections::HashSet;

use aws_sdk_ssm::operation::get_parameters::GetParametersOutput;
use aws_sdk_ssm::operation::get_parameters_by_path::GetParametersByPathOutput;
use aws_sdk_ssm::types;
use futures_util::future::join_all;

use crate::error::{Diagnostic, ErrorKind};
use crate::request::{Parameter, Response, Target};
use crate::store::aws::error::{Operation, RequestError};
use crate::store::aws::retry::Retrier;
use crate::store::aws::service::Service;
use crate::store::aws::services::{Answered, MAX_NAMES};
use crate::store::aws::session::Client;
use crate::value::SecretValue;

const CHECK_ANSWERS: &str = "try again; if it stays so, check what answers in AWS's place";
const ACTION: &str = "ssm:GetParameters";

/// Groups parameters into as few requests as possible.
///
/// Names and ARNs go apart: a parameter of another account may come back under the name that one
/// of ours has, and nothing in the answer would tell them from each other. So do two ways to write
/// one name, since AWS refuses a request that names a parameter twice.
pub(crate) fn batches(parameters: Vec<Parameter>) -> Vec<Vec<Parameter>> {
    let (by_arn, by_name): (Vec<_>, Vec<_>) = parameters
        .into_iter()
        .partition(|parameter| is_arn(&parameter.name));
    let mut seen = HashSet::new();
    let (by_name, again): (Vec<_>, Vec<_>) = by_name.into_iter().partition(|parameter| {
        let name = parameter.canonical_name().to_owned();
        seen.insert((name, parameter.selector.clone()))
    });
    let in_tens = |parameters: Vec<Parameter>| {
        parameters
            .chunks(MAX_NAMES)
            .map(<[Parameter]>::to_vec)
            .collect::<Vec<_>>()
    };
    [in_tens(by_name), in_tens(again), in_tens(by_arn)].concat()
}

/// Sends one batch. If it is refused, it is split until the names at fault are known.
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
            service: Service::ParameterStore,
            action: ACTION,
            object: format!("{} parameters", many.len()),
            region: &client.region,
            target: None,
            role: None,
            config: Some(client.config()),
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
    send(client, &operation, retrier, call).await
}

/// Sends a request to Parameter Store until it is answered.
async fn send<T>(
    client: &Client,
    operation: &Operation<'_>,
    retrier: &Retrier,
    call: impl AsyncFn() -> Result<T, RequestError>,
) -> Result<T, RequestError> {
    let limit = client.limit_key(Service::ParameterStore);
    retrier.send(&limit, &operation.object, call).await
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
    let alone = batch.iter().filter(|other| has_name(other, name)).count() == 1;
    let named = |parameter: &&types::Parameter| is_named(parameter, name);
    let versioned =
        |parameter: &&types::Parameter| is_version(parameter, selector.as_deref(), alone);
    let given: Vec<_> = output.parameters().iter().filter(named).collect();
    let mut fitting = given.iter().copied().filter(versioned);
    let first = fitting.next();
    if fitting.any(|other| first.is_some_and(|first| first.value() != other.value())) {
        return Err(unbelievable(&operation, "AWS's answer gives it two values"));
    }
    match first.map(|found| (found, found.value())) {
        Some((parameter, Some(value))) => Ok(Response::Text {
            value: SecretValue::new(value),
            version: (parameter.version() > 0).then(|| parameter.version().to_string()),
        }),
        Some((_, None)) => Err(operation.empty()),
        None if invalid
            .iter()
            .any(|name| same_name(name, &request.full_name())) =>
        {
            Err(operation.missing())
        }
        None if !given.is_empty() && selector.is_some() => Err(operation.other_version()),
        None => Err(unbelievable(&operation, "AWS's answer says nothing of it")),
    }
}

fn unbelievable(operation: &Operation<'_>, what: &str) -> Diagnostic {
    operation.diagnostic(ErrorKind::Unavailable, what, CHECK_ANSWERS)
}

fn has_name(request: &Parameter, wanted: &str) -> bool {
    request.name == wanted
}

/// By the name or ARN that was asked.
fn is_named(parameter: &types::Parameter, asked: &str) -> bool {
    let given = [parameter.name(), parameter.arn()];
    given
        .into_iter()
        .flatten()
        .any(|given| same_name(given, asked))
}

fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// At one level, a name is the same with and without its slash.
fn same_name(one: &str, other: &str) -> bool {
    one == other || without_slash(one) == without_slash(other)
}

fn without_slash(name: &str) -> &str {
    match name.strip_prefix('/') {
        Some(rest) if !rest.contains('/') => rest,
        _ => name,
    }
}

/// Whether this is the version or label that was asked for. AWS repeats a selector in its answer;
/// without that, a number must be the version, and a label cannot be told from another of the same
/// name, so it must be `alone`.
fn is_version(parameter: &types::Parameter, asked: Option<&str>, alone: bool) -> bool {
    let given = parameter.selector().unwrap_or_default();
    let given = given.strip_prefix(':').unwrap_or(given);
    let Some(asked) = asked else {
        return given.is_empty();
    };
    let fits = given == asked || given.is_empty();
    match asked.parse::<i64>() {
        Ok(number) => fits && parameter.version() == number,
        Err(_) => fits && (alone || !given.is_empty()),
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
                CHECK_ANSWERS,
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
    send(client, operation, retrier, call)
        .await
        .map_err(|error| error.diagnostic)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_known_by_the_name_or_arn_that_was_asked() {
        const ARN: &str = "arn:aws:ssm:eu-west-1:1:parameter/prod/db";
        const OTHER: &str = "arn:aws:ssm:eu-west-1:2:parameter/prod/db";
        for (name, arn, asked, is_it) in [
            ("/prod/db", ARN, "/prod/db", true),
            ("/prod/db", ARN, ARN, true),
            (ARN, "", ARN, true),
            ("/top", "", "top", true),
            ("top", "", "/top", true),
            ("/prod/db", "", ARN, false),
            (ARN, "", "/prod/db", false),
            ("/prod/db", OTHER, ARN, false),
            ("/prod/db", ARN, "/prod/db2", false),
            ("prod/db", "", "/prod/db", false),
        ] {
            let parameter = types::Parameter::builder()
                .name(name)
                .set_arn((!arn.is_empty()).then(|| arn.to_owned()));
            assert_eq!(is_named(&parameter.build(), asked), is_it, "{name} {asked}");
        }
    }

    #[test]
    fn a_version_must_be_the_one_that_was_asked_for() {
        let fits = |given: Option<&str>, version, asked, alone| {
            let parameter = types::Parameter::builder()
                .name("a")
                .set_selector(given.map(str::to_owned))
                .version(version);
            is_version(&parameter.build(), asked, alone)
        };
        assert!(fits(None, 3, None, false));
        assert!(fits(Some(":3"), 3, Some("3"), false));
        assert!(fits(Some(":live"), 3, Some("live"), false));
        assert!(fits(None, 3, Some("3"), false));
        assert!(fits(None, 3, Some("live"), true));
        assert!(!fits(None, 3, Some("live"), false));
        assert!(!fits(None, 5, Some("3"), true));
        assert!(!fits(Some(":3"), 5, Some("3"), true));
        assert!(!fits(Some(":3"), 3, Some("4"), true));
        assert!(!fits(Some(":3"), 3, None, true));
        assert!(!fits(Some(":old"), 3, Some("live"), true));
    }

    #[test]
    fn twenty_one_names_are_three_requests() {
        let names = |count: usize| (0..count).map(|n| request(&format!("n{n}")));
        let sizes = |requests: Vec<Parameter>| -> Vec<usize> {
            batches(requests).iter().map(Vec::len).collect()
        };
        assert_eq!(sizes(names(21).collect()), [10, 10, 1]);
        assert_eq!(sizes(Vec::new()), [0; 0]);
        let twice = [request("/n1"), request("n1"), request("/n2/n1")];
        assert_eq!(sizes(twice.into()), [2, 1]);
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
