//! What the fake knows: parameters, secrets, objects, roles and keys. Plain data and look-ups; the services decide.

use std::collections::{BTreeMap, BTreeSet};

use super::clock;
use super::throughput::Throughput;

#[derive(Clone, Debug)]
pub struct Place {
    /// `None` is every region.
    pub region: Option<String>,
    pub account: String,
}

impl Place {
    pub fn is_in(&self, region: &str) -> bool {
        self.region.as_deref().is_none_or(|own| own == region)
    }
}

#[derive(Clone, Debug)]
pub struct Parameter {
    pub name: String,
    pub place: Place,
    pub kind: &'static str,
    pub versions: BTreeMap<u64, Version>,
    /// Readable from other accounts, by its full ARN.
    pub shared: bool,
    /// The caller may not use its key.
    pub locked: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Version {
    pub value: String,
    pub labels: BTreeSet<String>,
}

#[derive(Clone, Debug)]
pub struct Secret {
    pub name: String,
    pub place: Place,
    pub versions: Vec<SecretVersion>,
    pub shared: bool,
    pub pending_deletion: bool,
}

#[derive(Clone, Debug)]
pub struct SecretVersion {
    pub id: String,
    pub stages: Vec<String>,
    pub content: SecretContent,
}

#[derive(Clone, Debug)]
pub enum SecretContent {
    Text(String),
    Binary(Vec<u8>),
}

#[derive(Clone, Debug, Default)]
pub struct Bucket {
    /// The one region that serves it; `None` is every region.
    pub region: Option<String>,
    /// Without ListBucket, AWS does not say that a key is missing.
    pub unlistable: bool,
    /// Versions by key, the newest last.
    pub objects: BTreeMap<String, Vec<ObjectVersion>>,
}

#[derive(Clone, Debug)]
pub struct ObjectVersion {
    pub id: String,
    pub bytes: Vec<u8>,
}

/// An access key.
#[derive(Clone, Debug)]
pub struct Key {
    pub id: String,
    pub secret: String,
    pub token: Option<String>,
    pub expired: bool,
    pub account: String,
    pub arn: String,
}

#[derive(Clone, Debug)]
pub struct Container {
    pub path: String,
    pub authorization: Option<String>,
}

#[derive(Clone, Debug, Default)]
pub struct Instance {
    pub role: Option<String>,
    pub region: Option<String>,
}

#[derive(Default)]
pub struct Store {
    pub parameters: Vec<Parameter>,
    pub secrets: Vec<Secret>,
    pub buckets: BTreeMap<String, Bucket>,
    pub keys: Vec<Key>,
    pub roles: BTreeSet<String>,
    /// Token by role.
    pub web_identities: BTreeMap<String, String>,
    pub container: Option<Container>,
    pub instance: Option<Instance>,
    pub denied: BTreeSet<String>,
    pub empty_pages: usize,
    /// Of all parameters together, as on AWS; `None` is no limit.
    pub throughput: Option<Throughput>,
    pub any_signature: bool,
    pub clock_ahead: i64,
    pub minted: usize,
}

impl Store {
    /// Seconds since 1970 by the fake's clock.
    pub fn now(&self) -> i64 {
        clock::now() + self.clock_ahead
    }

    pub fn key(&self, id: &str) -> Option<&Key> {
        self.keys.iter().find(|key| key.id == id)
    }

    /// New credentials for a role, known from now on.
    pub fn mint(&mut self, role_arn: &str, session: &str) -> Key {
        self.minted += 1;
        let account = role_arn
            .split(':')
            .nth(4)
            .unwrap_or(super::ACCOUNT)
            .to_owned();
        let role = role_arn.rsplit('/').next().unwrap_or(role_arn);
        let key = Key {
            id: format!("ASIAMINTEDFAKE{:06}", self.minted),
            secret: format!("minted/secret+key/{:06}", self.minted),
            token: Some(format!("minted-session-token/{:06}==", self.minted)),
            expired: false,
            arn: format!("arn:aws:sts::{account}:assumed-role/{role}/{session}"),
            account,
        };
        self.keys.push(key.clone());
        key
    }

    /// Whether a resource is denied, by any of the names it goes by.
    pub fn denies(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.denied.contains(*name))
    }

    /// The parameter of that place and name; one stored for the region comes before one stored for all.
    pub fn parameter(&self, account: &str, region: &str, name: &str) -> Option<&Parameter> {
        let fits = |parameter: &&Parameter| {
            parameter.place.account == account
                && parameter.place.is_in(region)
                && one_level(&parameter.name) == one_level(name)
        };
        let found = self.parameters.iter().filter(fits);
        found.max_by_key(|parameter| parameter.place.region.is_some())
    }
}

/// `/name` and `name` are the same parameter.
pub fn one_level(name: &str) -> &str {
    match name.strip_prefix('/') {
        Some(rest) if !rest.contains('/') => rest,
        _ => name,
    }
}

impl Parameter {
    pub fn latest(&self) -> u64 {
        self.versions.keys().next_back().copied().unwrap_or(0)
    }

    /// The version that a selector names, without its colon: a number or a label; the latest without one.
    pub fn select(&self, selector: Option<&str>) -> Option<(u64, &Version)> {
        let Some(selector) = selector else {
            return self
                .versions
                .last_key_value()
                .map(|(number, version)| (*number, version));
        };
        let named = |number: &u64, version: &Version| {
            number.to_string() == selector || version.labels.contains(selector)
        };
        let found = self
            .versions
            .iter()
            .find(|(number, version)| named(number, version));
        found.map(|(number, version)| (*number, version))
    }

    pub fn arn(&self, region: &str) -> String {
        parameter_arn(region, &self.place.account, &self.name)
    }
}

pub fn parameter_arn(region: &str, account: &str, name: &str) -> String {
    format!(
        "arn:aws:ssm:{region}:{account}:parameter/{}",
        name.trim_start_matches('/')
    )
}

impl Secret {
    /// Without the six characters that Secrets Manager appends.
    pub fn partial_arn(&self, region: &str) -> String {
        format!(
            "arn:aws:secretsmanager:{region}:{}:secret:{}",
            self.place.account, self.name
        )
    }

    pub fn arn(&self, region: &str) -> String {
        format!("{}-{}", self.partial_arn(region), arn_suffix(&self.name))
    }

    pub fn goes_by(&self, id: &str, region: &str) -> bool {
        self.name == id || self.arn(region) == id || self.partial_arn(region) == id
    }
}

/// Six characters that look as random as AWS's, the same for a name each time.
fn arn_suffix(name: &str) -> String {
    const LETTERS: &[u8; 52] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut hash = name.bytes().fold(5381_u64, |hash, byte| {
        hash.wrapping_mul(33) ^ u64::from(byte)
    });
    let mut next = || {
        hash = hash
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[usize::try_from(hash >> 33).unwrap_or(0) % LETTERS.len()])
    };
    (0..6).map(|_| next()).collect()
}
