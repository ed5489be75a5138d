//! The least that IAM has to allow for a plan: exact ARNs, and keys only through the service that
//! uses them, for exactly what they encrypt.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fmt::Write;

use serde_json::{Value, json};

use crate::cli::{Args, Format};
use crate::declaration::{Content, Declaration, Variable};
use crate::environment::Environment;
use crate::question::Question;
use crate::reference::BulkSource;

/// What stands where nothing says the account or region.
pub(super) const ACCOUNT: &str = "ACCOUNT_ID";
pub(super) const REGION: &str = "REGION";

/// How regions of a partition begin, its name, and the domain of its services.
const PARTITIONS: [(&str, &str, &str); 8] = [
    ("", "aws", "amazonaws.com"),
    ("cn-", "aws-cn", "amazonaws.com.cn"),
    ("us-gov-", "aws-us-gov", "amazonaws.com"),
    ("eusc-", "aws-eusc", "amazonaws.eu"),
    ("us-iso-", "aws-iso", "c2s.ic.gov"),
    ("us-isob-", "aws-iso-b", "sc2s.sgov.gov"),
    ("eu-isoe-", "aws-iso-e", "cloud.adc-e.uk"),
    ("us-isof-", "aws-iso-f", "csp.hci.ic.gov"),
];

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
    declarations: &[Declaration],
    args: &Args,
    environment: &Environment,
) -> Policies {
    let place = Place::of(args, environment);
    let mut policies = Policies::new();
    policies.entry(None).or_default();
    for question in declarations.iter().filter_map(question) {
        let role = question.scope().role.clone();
        if let Some(role) = &role {
            policies
                .entry(None)
                .or_default()
                .allow("sts:AssumeRole", role.clone());
        }
        let place = place.of_question(question);
        policies.entry(role).or_default().add(question, &place);
    }
    policies
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

fn question(declaration: &Declaration) -> Option<&Question> {
    match declaration {
        Declaration::Variable(Variable {
            content: Content::Reference(reference),
            ..
        }) => Some(&reference.question),
        Declaration::Bulk(bulk) => match &bulk.source {
            BulkSource::Store(question) => Some(question),
            BulkSource::File(_) => None,
        },
        Declaration::Variable(_) => None,
    }
}

/// What ARNs begin with.
#[derive(Debug, Clone)]
struct Place {
    partition: Option<String>,
    region: String,
    account: String,
}

impl Place {
    fn of(args: &Args, environment: &Environment) -> Self {
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
        Self {
            partition: args.partition.clone(),
            region: region.unwrap_or_else(|| REGION.to_owned()),
            account: args.account.clone().unwrap_or_else(|| ACCOUNT.to_owned()),
        }
    }

    /// A role or region of its own says more than the options do.
    fn of_question(&self, question: &Question) -> Self {
        let scope = question.scope();
        let of_role = |part: usize| scope.role.as_ref()?.split(':').nth(part).map(str::to_owned);
        Self {
            partition: of_role(1).or_else(|| self.partition.clone()),
            region: scope.region.clone().unwrap_or_else(|| self.region.clone()),
            account: of_role(4).unwrap_or_else(|| self.account.clone()),
        }
    }

    fn partition(&self) -> &str {
        let of_region = || {
            let known = PARTITIONS.iter();
            let own = known
                .rev()
                .find(|(begin, ..)| self.region.starts_with(begin));
            own.map_or("aws", |(_, partition, _)| partition)
        };
        self.partition.as_deref().unwrap_or_else(of_region)
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!(
            "arn:{}:{service}:{}:{}:{resource}",
            self.partition(),
            self.region,
            self.account
        )
    }

    /// The keys that a service may use here; an ARN's own place where it has one.
    fn keys(&self, arn: &str, service: &str) -> (String, String) {
        let parts: Vec<&str> = arn.splitn(6, ':').collect();
        let (partition, region, account) = match parts[..] {
            [_, partition, _, region, account, _] if !region.is_empty() => {
                (partition, region, account)
            }
            _ => (
                self.partition(),
                self.region.as_str(),
                self.account.as_str(),
            ),
        };
        let known = PARTITIONS.iter().find(|(_, name, _)| *name == partition);
        let suffix = known.map_or("amazonaws.com", |(.., domain)| domain);
        (
            format!("arn:{partition}:kms:{region}:{account}:key/*"),
            format!("{service}.{region}.{suffix}"),
        )
    }
}

impl Policy {
    fn add(&mut self, question: &Question, place: &Place) {
        match question {
            Question::Parameter { name, .. } => {
                let arn = parameter_arn(name, place);
                self.allow("ssm:GetParameters", arn.clone());
                self.decrypt("ssm", "PARAMETER_ARN", arn, place);
            }
            Question::Path { path, .. } => {
                let arn = place.arn("ssm", &format!("parameter{path}*"));
                self.allow("ssm:GetParametersByPath", arn.clone());
                self.decrypt("ssm", "PARAMETER_ARN", arn, place);
            }
            Question::Secret { id, .. } => {
                for arn in secret_arns(id, place) {
                    self.allow("secretsmanager:GetSecretValue", arn.clone());
                    self.decrypt("secretsmanager", "SecretARN", arn, place);
                }
            }
            Question::Object {
                bucket,
                key,
                version,
                ..
            } => {
                let bucket = format!("arn:{}:s3:::{bucket}", place.partition());
                let object = format!("{bucket}/{}", literal(key));
                let action = if version.is_some() {
                    "s3:GetObjectVersion"
                } else {
                    "s3:GetObject"
                };
                self.allow(action, object.clone());
                self.decrypt("s3", "aws:s3:arn", object, place);
                // With a bucket key the context is the bucket.
                self.decrypt("s3", "aws:s3:arn", bucket, place);
            }
        }
    }

    fn allow(&mut self, action: &'static str, resource: String) {
        self.allowed.entry(action).or_default().insert(resource);
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

fn parameter_arn(name: &str, place: &Place) -> String {
    match name {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        path if path.starts_with('/') => place.arn("ssm", &format!("parameter{path}")),
        name => place.arn("ssm", &format!("parameter/{name}")),
    }
}

/// What IAM would otherwise take for a pattern.
fn literal(key: &str) -> String {
    let escape = |c: char| match c {
        '*' | '?' | '$' => format!("${{{c}}}"),
        _ => c.to_string(),
    };
    key.chars().map(escape).collect()
}

/// Secrets Manager puts a hyphen and six characters of its own behind a name, and ARNs are taken
/// with and without them. What might be either, such as `db-server`, is allowed as both.
fn secret_arns(id: &str, place: &Place) -> Vec<String> {
    const SUFFIX: &str = "-??????";
    if !id.starts_with("arn:") {
        return vec![place.arn("secretsmanager", &format!("secret:{id}{SUFFIX}"))];
    }
    let end = id.rsplit_once('-').map_or("", |(_, end)| end);
    let may_be_whole = end.len() == 6 && end.bytes().all(|b| b.is_ascii_alphanumeric());
    let is_whole = may_be_whole && end.bytes().any(|b| b.is_ascii_uppercase());
    let mut arns = Vec::new();
    if may_be_whole {
        arns.push(id.to_owned());
    }
    if !is_whole {
        arns.push(format!("{id}{SUFFIX}"));
    }
    arns
}
