//! Parameter Store: GetParameters, with the refusals that make clients written against lenient fakes fail on AWS.

pub mod by_path;

use std::collections::BTreeSet;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde_json::{Value, json};

use super::authentication::Caller;
use super::call::Call;
use super::failure::Failure;
use super::http::Response;
use super::store::{Parameter, Store, Version, one_level, parameter_arn};

const MOST_NAMES: usize = 10;
const LONGEST_NAME: usize = 2048;
const BAD_CHARACTERS: &str = "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, \
    it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and \
    the following 3 symbols .-_";

/// A name as asked, taken apart.
struct Asked<'a> {
    text: &'a str,
    /// The parameter's own name, whether it was asked by name or by ARN.
    name: String,
    selector: Option<&'a str>,
    arn: Option<Arn<'a>>,
}

struct Arn<'a> {
    region: &'a str,
    account: &'a str,
}

pub fn get_parameters(
    store: &Store,
    caller: &Caller,
    call: &Call,
    omitted: &[String],
) -> Result<Response, Failure> {
    let names = names_of(call)?;
    let asked = names
        .iter()
        .map(|name| Asked::parse(name))
        .collect::<Result<Vec<_>, _>>()?;
    refuse_duplicates(&asked)?;
    for one in &asked {
        refuse_denied(store, caller, one)?;
    }
    let decrypt = call.json["WithDecryption"] == json!(true);
    let (mut found, mut invalid) = (Vec::new(), Vec::new());
    for one in asked
        .iter()
        .filter(|one| !omitted.iter().any(|name| name == one.text))
    {
        match look_up(store, caller, one) {
            Some((parameter, number, version)) => {
                found.push(one.describe(parameter, number, version, &caller.region, decrypt)?);
            }
            None => invalid.push(one.text),
        }
    }
    found.sort_by(|one, other| one["Name"].as_str().cmp(&other["Name"].as_str()));
    Ok(Response::json(
        200,
        &json!({"InvalidParameters": invalid, "Parameters": found}),
    ))
}

fn names_of(call: &Call) -> Result<Vec<&str>, Failure> {
    let names = call.names();
    if call.json["Names"]
        .as_array()
        .is_none_or(|all| all.len() != names.len())
    {
        return Err(Failure::new(
            400,
            "SerializationException",
            "Names is a list of strings",
        ));
    }
    if names.is_empty() || names.len() > MOST_NAMES {
        let bound = if names.is_empty() {
            "greater than or equal to 1"
        } else {
            "less than or equal to 10"
        };
        return Err(constraint(
            &format!("[{}]", names.join(", ")),
            "names",
            &format!("Member must have length {bound}"),
        ));
    }
    Ok(names)
}

/// The same parameter twice is refused, however it is spelled; two versions of one parameter are not the same.
fn refuse_duplicates(asked: &[Asked]) -> Result<(), Failure> {
    let mut seen = BTreeSet::new();
    for one in asked {
        if !seen.insert((one_level(&one.name), one.selector, one.arn.is_some())) {
            return Err(invalid(&format!(
                "Duplicate parameter name in the request: {}",
                one.text
            )));
        }
    }
    Ok(())
}

fn refuse_denied(store: &Store, caller: &Caller, asked: &Asked) -> Result<(), Failure> {
    let region = asked
        .arn
        .as_ref()
        .map_or(caller.region.as_str(), |arn| arn.region);
    let account = asked
        .arn
        .as_ref()
        .map_or(caller.account.as_str(), |arn| arn.account);
    let arn = parameter_arn(region, account, &asked.name);
    let denied = store.denies(&[&arn, one_level(&asked.name)]);
    let foreign = account != caller.account
        && !store
            .parameter(account, region, &asked.name)
            .is_some_and(|parameter| parameter.shared);
    if denied || foreign {
        Err(access_denied(caller, "ssm:GetParameters", &arn))
    } else {
        Ok(())
    }
}

type Found<'a> = Option<(&'a Parameter, u64, &'a Version)>;

fn look_up<'a>(store: &'a Store, caller: &Caller, asked: &Asked) -> Found<'a> {
    let account = asked
        .arn
        .as_ref()
        .map_or(caller.account.as_str(), |arn| arn.account);
    if asked
        .arn
        .as_ref()
        .is_some_and(|arn| arn.region != caller.region)
    {
        return None;
    }
    let parameter = store.parameter(account, &caller.region, &asked.name)?;
    parameter
        .select(asked.selector)
        .map(|(number, version)| (parameter, number, version))
}

impl<'a> Asked<'a> {
    fn parse(text: &'a str) -> Result<Self, Failure> {
        if text.is_empty() || text.chars().count() > LONGEST_NAME {
            let bound = if text.is_empty() {
                "greater than or equal to 1"
            } else {
                "less than or equal to 2048"
            };
            let rule = format!("Member must satisfy constraint: [Member must have length {bound}]");
            return Err(constraint(&format!("[{text}]"), "names", &rule));
        }
        match text.strip_prefix("arn:") {
            Some(_) => Self::parse_arn(text),
            None => Self::parse_name(text),
        }
    }

    fn parse_arn(text: &'a str) -> Result<Self, Failure> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [_, _, "ssm", region, account, resource] = parts[..] else {
            return Err(invalid(BAD_CHARACTERS));
        };
        let path = resource
            .strip_prefix("parameter/")
            .ok_or_else(|| invalid(BAD_CHARACTERS))?;
        let (path, selector) = split_selector(path);
        let name = if path.contains('/') {
            format!("/{path}")
        } else {
            path.to_owned()
        };
        Ok(Self {
            text,
            name,
            selector,
            arn: Some(Arn { region, account }),
        })
    }

    fn parse_name(text: &'a str) -> Result<Self, Failure> {
        let (name, selector) = split_selector(text);
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
        let forbidden = name.to_ascii_lowercase();
        if name.is_empty()
            || !name.chars().all(allowed)
            || forbidden.trim_start_matches('/').starts_with("ssm")
        {
            return Err(invalid(BAD_CHARACTERS));
        }
        if name.contains('/') && !name.starts_with('/') {
            return Err(invalid("Parameter name must be a fully qualified name."));
        }
        Ok(Self {
            text,
            name: name.to_owned(),
            selector,
            arn: None,
        })
    }

    fn describe(
        &self,
        parameter: &Parameter,
        number: u64,
        version: &Version,
        region: &str,
        decrypt: bool,
    ) -> Result<Value, Failure> {
        let mut described = describe(parameter, number, version, region, decrypt)?;
        if let Some(selector) = self.selector {
            described["Selector"] = format!(":{selector}").into();
        }
        if parameter.shared && self.arn.is_some() {
            described["Name"] = parameter.arn(region).into();
        }
        Ok(described)
    }
}

fn split_selector(text: &str) -> (&str, Option<&str>) {
    text.split_once(':')
        .map_or((text, None), |(name, selector)| (name, Some(selector)))
}

/// A parameter as both operations answer it.
fn describe(
    parameter: &Parameter,
    number: u64,
    version: &Version,
    region: &str,
    decrypt: bool,
) -> Result<Value, Failure> {
    let secure = parameter.kind == "SecureString";
    if secure && decrypt && parameter.locked {
        let message = "The ciphertext refers to a customer master key that does not exist, \
                       does not exist in this region, or you are not allowed to access.";
        return Err(Failure::new(400, "AccessDeniedException", message));
    }
    let value = if secure && !decrypt {
        ciphertext(&version.value)
    } else {
        version.value.clone()
    };
    Ok(json!({
        "ARN": parameter.arn(region),
        "DataType": "text",
        "LastModifiedDate": 1_700_000_000.123,
        "Name": parameter.name,
        "Type": parameter.kind,
        "Value": value,
        "Version": number,
    }))
}

/// Text that looks as KMS's does, in which the value is not to be found.
fn ciphertext(value: &str) -> String {
    let scrambled: Vec<u8> = value.bytes().map(|byte| byte ^ 0xA5).collect();
    format!("AQICAHh{}", BASE64_STANDARD.encode(&scrambled))
}

fn access_denied(caller: &Caller, action: &str, arn: &str) -> Failure {
    let message = format!(
        "User: {} is not authorized to perform: {action} on resource: {arn} \
         because no identity-based policy allows the {action} action",
        caller.arn
    );
    Failure::new(400, "AccessDeniedException", message)
}

fn invalid(message: &str) -> Failure {
    Failure::new(400, "ValidationException", message)
}

fn constraint(value: &str, field: &str, rule: &str) -> Failure {
    let problem = format!("Value '{value}' at '{field}' failed to satisfy constraint: {rule}");
    invalid(&format!("1 validation error detected: {problem}"))
}
