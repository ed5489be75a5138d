//! What was probably meant by a name that does not exist: another name of the same run that does.
//!
//! Pure, and asks nothing: listing names would need a permission that reading does not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use crate::error::{Diagnostic, ErrorKind};
use crate::plan::Responses;
use crate::request::{Location, Request, Response, Target};
use crate::suggest;

/// How many missing names get a suggestion: who mistyped more reads no list of them.
const MAX_SUGGESTIONS: usize = 20;
/// A longer part of a name costs more to compare than a suggestion is worth.
const LONGEST_LEVEL: usize = 100;

/// Adds to missing parameters and secrets that are `required` the name that each is nearest to, of
/// those that were found or are `known` besides.
pub(crate) fn propose<'a>(
    responses: &mut Responses,
    required: impl FnOnce() -> BTreeSet<&'a Request>,
    known: impl FnOnce() -> Vec<Name<'static>>,
) {
    let is_missing = |response: &Result<Response, Diagnostic>| {
        let missing = |diagnostic: &Diagnostic| diagnostic.kind == ErrorKind::Missing;
        response.as_ref().is_err_and(missing)
    };
    if !responses.values().any(is_missing) {
        return;
    }
    let required = required();
    let missing = |(request, response): &(&Request, &mut Result<Response, Diagnostic>)| {
        required.contains(request) && is_missing(response)
    };
    let mut found: Vec<Name> = responses.iter().flat_map(found).collect();
    found.extend(known());
    let missing = responses.iter_mut().filter(missing).take(MAX_SUGGESTIONS);
    for (request, response) in missing {
        let (Some(missing), Err(diagnostic)) = (name(request), response) else {
            continue;
        };
        if let Some(near) = found.iter().find(|found| found.is_meant_by(&missing)) {
            diagnostic.help = format!("did you mean \"{}\"?", near.text);
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    /// Parameter Store.
    Parameters,
    /// Secrets Manager.
    Secrets,
}

/// What a store knows something by.
pub(crate) struct Name<'a> {
    store: Store,
    /// None is everywhere.
    location: Option<Location>,
    text: Cow<'a, str>,
}

impl Name<'static> {
    /// A name that is known wherever it is asked for.
    pub(crate) fn anywhere(store: Store, text: impl Into<String>) -> Self {
        Self {
            store,
            location: None,
            text: text.into().into(),
        }
    }
}

fn name(request: &Request) -> Option<Name<'_>> {
    let (store, text) = match &request.target {
        Target::Parameter(parameter) => (Store::Parameters, &parameter.name),
        Target::Secret(secret) => (Store::Secrets, &secret.id),
        Target::Path(_) | Target::Object(_) => return None,
    };
    Some(Name {
        store,
        location: Some(request.location.clone()),
        text: text.into(),
    })
}

fn found((request, answer): (&Request, &Result<Response, Diagnostic>)) -> Vec<Name<'static>> {
    let owned = |name: Name<'_>| Name {
        text: name.text.into_owned().into(),
        ..name
    };
    match answer {
        Ok(Response::Parameters(below)) => {
            let known = below.iter().map(|(name, _)| Name {
                store: Store::Parameters,
                location: Some(request.location.clone()),
                text: name.clone().into(),
            });
            known.collect()
        }
        Ok(_) => name(request).map(owned).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

impl Name<'_> {
    fn is_meant_by(&self, missing: &Name<'_>) -> bool {
        let same_scope = self.location.is_none() || self.location == missing.location;
        let same_place = self.store == missing.store && same_scope;
        same_place && is_near(&missing.text, &self.text)
    }
}

/// Level by level, since in long names everything below one path is near.
fn is_near(typed: &str, known: &str) -> bool {
    let (mut typed_levels, mut known_levels) = (typed.split('/'), known.split('/'));
    loop {
        match (typed_levels.next(), known_levels.next()) {
            (Some(one), Some(other)) if is_level_near(one, other) => {}
            (None, None) => return typed != known,
            _ => return false,
        }
    }
}

fn is_level_near(typed: &str, known: &str) -> bool {
    // `db1` is not `db2` mistyped.
    let plain = |text: &'_ str| text.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = || typed[..plain(typed)] == known[..plain(known)];
    let comparable = || typed.len().max(known.len()) <= LONGEST_LEVEL;
    typed == known || (comparable() && !numbered() && suggest::nearest(typed, &[known]).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_is_near_and_a_sibling_is_not() {
        for (typed, known) in [
            ("/shop/prod/db/pasword", "/shop/prod/db/password"),
            ("/shop/prdo/db/password", "/shop/prod/db/password"),
            ("/Shop/db", "/shop/db"),
            ("shop/api-token", "shop/api_token"),
        ] {
            assert!(is_near(typed, known), "{typed} {known}");
        }
        for (typed, known) in [
            ("/shop/prod/db/user", "/shop/prod/db/host"),
            ("/shop/staging/db", "/shop/production/db"),
            ("/shop/db1", "/shop/db2"),
            ("/shop/db", "/shop/db"),
            ("/shop/db", "/shop/db/password"),
            ("/shop/db/password", "/shop/db"),
        ] {
            assert!(!is_near(typed, known), "{typed} {known}");
        }
    }
}
