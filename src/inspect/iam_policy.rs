//! The least that IAM has to allow for a plan: exact ARNs, and keys only through the service that
//! uses them, for exactly what they encrypt.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write;

use serde_json::{Value, json};

use super::{Format, InspectOptions};
use crate::environment::Environment;
use crate::input::declaration::Declaration;
use crate::plan::Plan;
use crate::reference::iam::{
    ACCOUNT, Place, REGION, action, arns, bare_secret_arn, bucket_arn, is_public, referred_secret,
};
use crate::request::{Object, Secret, Target};

/// The policy of each identity: none is the task's own, the others are roles it assumes.
pub(super) type Policies = BTreeMap<Option<String>, Policy>;

/// The resources that each action is allowed on.
#[derive(Debug, Default)]
pub(super) struct Policy {
    allowed: BTreeMap<&'static str, BTreeSet<String>>,
    keys: BTreeMap<Key, BTreeSet<String>>,
}

/// The keys of one service in one region and account, and by what their use is bound.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    keys: String,
    service: String,
    context: &'static str,
}

pub(super) fn policies(
    plan: &Plan<'_>,
    options: &InspectOptions,
    environment: &Environment,
) -> Policies {
    let place = place(options, environment);
    let required = plan.required();
    let mut policies = Policies::new();
    policies.entry(None).or_default();
    for request in plan.declarations().iter().filter_map(Declaration::request) {
        let role = request.location.role.clone();
        if let Some(role) = &role {
            policies
                .entry(None)
                .or_default()
                .allow("sts:AssumeRole", role.clone());
        }
        let place = place.at(&request.location);
        policies
            .entry(role)
            .or_default()
            .add(&request.target, &place, required.contains(request));
    }
    policies
}

/// The placeholders in the policies' ARNs, for what neither options nor environment give, and what would give it.
pub(super) fn placeholders(policies: &Policies) -> Vec<(&'static str, &'static str)> {
    let is_used = |placeholder: &str, field: usize| {
        let mut arns = policies.values().flat_map(Policy::resources);
        arns.any(|arn| arn.split(':').nth(field) == Some(placeholder))
    };
    let known = [
        (ACCOUNT, 4, "give --account"),
        (REGION, 3, "set AWS_REGION"),
    ];
    known
        .into_iter()
        .filter(|(placeholder, field, _)| is_used(placeholder, *field))
        .map(|(placeholder, _, help)| (placeholder, help))
        .collect()
}

pub(super) fn show(policies: &Policies, format: Format) -> String {
    let (own, roles): (Vec<_>, Vec<_>) = policies.iter().partition(|(role, _)| role.is_none());
    let own = own
        .first()
        .map_or_else(|| Policy::default().document(), |(_, own)| own.document());
    if format == Format::Json {
        let roles: BTreeMap<_, _> = roles
            .iter()
            .map(|(role, policy)| (role.as_deref(), policy.document()))
            .collect();
        let roles: serde_json::Map<String, Value> = roles
            .into_iter()
            .filter_map(|(role, document)| Some((role?.to_owned(), document)))
            .collect();
        return format!("{:#}\n", json!({ "own": own, "roles": roles }));
    }
    let mut text = format!("{own:#}\n");
    for (role, policy) in roles {
        let role = role.as_deref().unwrap_or_default();
        let _ = writeln!(text, "\nfor {role}:\n{:#}", policy.document());
    }
    text
}

impl Policy {
    fn add(&mut self, target: &Target, place: &Place, required: bool) {
        let (service, context) = match target {
            Target::Parameter(_) | Target::Path(_) => ("ssm", "PARAMETER_ARN"),
            Target::Secret(_) => ("secretsmanager", "SecretARN"),
            Target::Object(_) => ("s3", "aws:s3:arn"),
        };
        for arn in arns(target, place) {
            self.allow(action(target), arn.clone());
            // Public parameters are not encrypted.
            if !is_public(target) {
                self.decrypt(service, context, arn, place);
            }
        }
        if let Target::Object(Object { bucket, .. }) = target {
            // With a bucket key the context is the bucket.
            self.decrypt(service, context, bucket_arn(bucket, place), place);
        }
        if let Some(secret) = referred_secret(target) {
            self.add(&Target::Secret(secret), place, required);
        }
        if !required {
            self.allow_to_be_missing(target, place);
        }
    }

    /// What AWS wants allowed before it says that something does not exist, instead of denying it.
    fn allow_to_be_missing(&mut self, target: &Target, place: &Place) {
        match target {
            Target::Secret(Secret { id, .. }) => {
                self.allow(action(target), bare_secret_arn(id, place));
            }
            Target::Object(Object { bucket, .. }) => {
                self.allow("s3:ListBucket", bucket_arn(bucket, place));
            }
            Target::Parameter(_) | Target::Path(_) => {}
        }
    }

    fn allow(&mut self, action: &'static str, resource: String) {
        self.allowed.entry(action).or_default().insert(resource);
    }

    fn resources(&self) -> impl Iterator<Item = &String> {
        let keys = self.keys.keys().map(|key| &key.keys);
        self.allowed.values().flatten().chain(keys)
    }

    fn decrypt(&mut self, service: &str, context: &'static str, arn: String, place: &Place) {
        let (keys, service) = place.keys(&arn, service);
        self.keys
            .entry(Key {
                keys,
                service,
                context,
            })
            .or_default()
            .insert(arn);
    }

    fn document(&self) -> Value {
        let mut statements: Vec<Value> = Vec::new();
        for (action, resources) in &self.allowed {
            statements.push(json!({ "Effect": "Allow", "Action": action, "Resource": resources }));
        }
        for (key, contexts) in &self.keys {
            let context = format!("kms:EncryptionContext:{}", key.context);
            statements.push(json!({
                "Effect": "Allow",
                "Action": "kms:Decrypt",
                "Resource": key.keys,
                "Condition": {
                    "StringEquals": { "kms:ViaService": key.service },
                    "StringLike": { context: contexts },
                },
            }));
        }
        json!({ "Version": "2012-10-17", "Statement": statements })
    }
}

/// What the options and the environment say of ARNs.
fn place(options: &InspectOptions, environment: &Environment) -> Place {
    let from = |name: &str| {
        environment
            .get(OsStr::new(name))?
            .to_str()
            .map(str::to_owned)
    };
    let region = ["AWS_REGION", "AWS_DEFAULT_REGION"]
        .into_iter()
        .filter_map(from)
        .find(|region| !region.is_empty());
    Place {
        partition: options.partition.clone(),
        region: region.unwrap_or_else(|| REGION.to_owned()),
        account: options
            .account
            .clone()
            .unwrap_or_else(|| ACCOUNT.to_owned()),
    }
}
