//! Parameter Store: GetParametersByPath, with pages of at most ten, empty ones among them where the test wants that.

use serde_json::{Value, json};

use super::super::authentication::Caller;
use super::super::call::Call;
use super::super::failure::Failure;
use super::super::fault::Plight;
use super::super::http::Response;
use super::super::store::{Parameter, Store, one_level, parameter_arn};
use super::{access_denied, constraint, describe, invalid};

const LARGEST_PAGE: u64 = 10;
const NO_PATH: &str = "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a \
    forward slash \"/\". It can't be prefixed with \\\"aws\\\" or \\\"ssm\\\" (case-insensitive). It must use only letters, \
    numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters are not allowed. All \
    sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: /get/parameters2-/by1./path0_.";

/// How far a listing has come: it is what the NextToken says.
#[derive(Clone, Copy)]
struct Progress {
    offset: usize,
    empties: usize,
}

pub fn get(
    store: &Store,
    caller: &Caller,
    call: &Call,
    plight: &Plight,
) -> Result<Response, Failure> {
    let path = path_of(call)?;
    let size = page_size(call)?;
    let progress = Progress::parse(call.json.get("NextToken"))?;
    let arn = parameter_arn(&caller.region, &caller.account, path);
    let trimmed = path.trim_end_matches('/');
    if store.denies(&[
        &arn,
        arn.trim_end_matches('/'),
        path,
        trimmed,
        one_level(trimmed),
    ]) {
        return Err(access_denied(caller, "ssm:GetParametersByPath", &arn));
    }
    let all = below(store, caller, path, call.json["Recursive"] == json!(true));
    let (page, next) = progress.page(&all, size, store.empty_pages);
    let decrypt = call.json["WithDecryption"] == json!(true);
    let mut described = page
        .iter()
        .filter(|parameter| !plight.omitted.contains(&parameter.name))
        .filter_map(|parameter| Some((parameter, parameter.select(None)?)))
        .map(|(parameter, (number, version))| {
            describe(parameter, number, version, &caller.region, decrypt)
        })
        .collect::<Result<Vec<Value>, _>>()?;
    described.sort_by(|one, other| one["Name"].as_str().cmp(&other["Name"].as_str()));
    let mut answer = json!({"Parameters": described});
    let next = next.or(plight.endless_pages.then_some(progress));
    if let Some(next) = next {
        answer["NextToken"] = next.token().into();
    }
    Ok(Response::json(200, &answer))
}

fn path_of(call: &Call) -> Result<&str, Failure> {
    let path = call
        .text("Path")
        .ok_or_else(|| constraint("null", "path", "Member must not be null"))?;
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "._-/".contains(letter);
    if path.starts_with('/') && path.chars().all(allowed) {
        Ok(path)
    } else {
        Err(invalid(NO_PATH))
    }
}

fn page_size(call: &Call) -> Result<usize, Failure> {
    let size = match call.json.get("MaxResults") {
        None | Some(Value::Null) => LARGEST_PAGE,
        Some(size) => size.as_u64().unwrap_or(0),
    };
    if (1..=LARGEST_PAGE).contains(&size) {
        return Ok(usize::try_from(size).expect("at most ten"));
    }
    let rule = if size == 0 {
        "greater than or equal to 1"
    } else {
        "less than or equal to 10"
    };
    Err(constraint(
        &size.to_string(),
        "maxResults",
        &format!("Member must have value {rule}"),
    ))
}

/// Everything below a path, which is not itself below itself. What has no slash stands at the root.
fn below<'a>(store: &'a Store, caller: &Caller, path: &str, recursive: bool) -> Vec<&'a Parameter> {
    let prefix = format!("{}/", path.trim_end_matches('/'));
    let is_below = |name: &str| {
        let rooted = format!("/{}", name.trim_start_matches('/'));
        rooted
            .strip_prefix(&prefix)
            .is_some_and(|rest| !rest.is_empty() && (recursive || !rest.contains('/')))
    };
    let own = store
        .parameters
        .iter()
        .filter(|parameter| parameter.place.account == caller.account);
    let here = own.filter(|parameter| parameter.place.is_in(&caller.region));
    here.filter(|parameter| is_below(&parameter.name)).collect()
}

impl Progress {
    fn parse(token: Option<&Value>) -> Result<Self, Failure> {
        let Some(token) = token.filter(|token| !token.is_null()) else {
            return Ok(Self {
                offset: 0,
                empties: 0,
            });
        };
        let numbers = token
            .as_str()
            .and_then(|text| text.strip_prefix("AAEAAfake")?.split_once('x'));
        let progress = numbers.and_then(|(offset, empties)| {
            Some(Self {
                offset: offset.parse().ok()?,
                empties: empties.parse().ok()?,
            })
        });
        progress.ok_or_else(|| {
            Failure::new(400, "InvalidNextToken", "The specified token isn't valid.")
        })
    }

    fn token(self) -> String {
        format!("AAEAAfake{}x{}", self.offset, self.empties)
    }

    /// The page that is due, and where the next one starts, if there is one.
    fn page<'a>(
        self,
        all: &[&'a Parameter],
        size: usize,
        empty_pages: usize,
    ) -> (Vec<&'a Parameter>, Option<Self>) {
        if self.empties < empty_pages {
            return (
                Vec::new(),
                Some(Self {
                    empties: self.empties + 1,
                    ..self
                }),
            );
        }
        let page: Vec<&Parameter> = all.iter().skip(self.offset).take(size).copied().collect();
        let offset = self.offset + page.len();
        (
            page,
            (offset < all.len()).then_some(Self { offset, empties: 0 }),
        )
    }
}
