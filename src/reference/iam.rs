//! The IAM actions and ARNs of requests, as exact as a reference allows.

use crate::request::{Location, Object, Parameter, Secret, Target};

/// Placeholders in ARNs for an unknown account or region.
pub(crate) const ACCOUNT: &str = "ACCOUNT_ID";
pub(crate) const REGION: &str = "REGION";

/// Where AWS keeps parameters of its own, and those that stand for secrets of the account.
const PUBLIC: &str = "/aws/";
const SECRETS: &str = "/aws/reference/secretsmanager/";

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

/// What ARNs begin with.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    /// The partition, where something says it; else the region's.
    pub(crate) partition: Option<String>,
    /// The region.
    pub(crate) region: String,
    /// The account.
    pub(crate) account: String,
}

impl Place {
    /// A role or region of its own says more than the options do.
    pub(crate) fn at(&self, location: &Location) -> Self {
        let of_role = |part: usize| {
            location
                .role
                .as_ref()?
                .split(':')
                .nth(part)
                .map(str::to_owned)
        };
        Self {
            partition: of_role(1).or_else(|| self.partition.clone()),
            region: location
                .region
                .clone()
                .unwrap_or_else(|| self.region.clone()),
            account: of_role(4).unwrap_or_else(|| self.account.clone()),
        }
    }

    pub(crate) fn partition(&self) -> &str {
        let of_region = || {
            let known = PARTITIONS.iter();
            let own = known
                .rev()
                .find(|(begin, ..)| self.region.starts_with(begin));
            own.map_or("aws", |(_, partition, _)| partition)
        };
        self.partition.as_deref().unwrap_or_else(of_region)
    }

    fn without_account(&self) -> Self {
        Self {
            account: String::new(),
            ..self.clone()
        }
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
    pub(crate) fn keys(&self, arn: &str, service: &str) -> (String, String) {
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

/// The action that a policy has to allow for a request.
pub(crate) fn action(target: &Target) -> &'static str {
    match target {
        Target::Parameter(_) => "ssm:GetParameters",
        Target::Path(_) => "ssm:GetParametersByPath",
        Target::Secret(_) => "secretsmanager:GetSecretValue",
        Target::Object(Object {
            version: Some(_), ..
        }) => "s3:GetObjectVersion",
        Target::Object(_) => "s3:GetObject",
    }
}

/// The resources that a request asks for: a path is all below it, and what might be either of two
/// is both.
pub(crate) fn arns(target: &Target, place: &Place) -> Vec<String> {
    match target {
        Target::Parameter(Parameter { name, .. }) => vec![parameter_arn(name, place)],
        Target::Path(path) => vec![parameter_arn(&format!("{path}*"), place)],
        Target::Secret(Secret { id, .. }) => secret_arns(id, place),
        Target::Object(Object { bucket, key, .. }) => {
            vec![format!("{}/{}", bucket_arn(bucket, place), literal(key))]
        }
    }
}

pub(crate) fn bucket_arn(bucket: &str, place: &Place) -> String {
    format!("arn:{}:s3:::{bucket}", place.partition())
}

/// Whether a parameter is AWS's own, which every account may read.
pub(crate) fn is_public(target: &Target) -> bool {
    match target {
        Target::Parameter(Parameter { name, .. }) | Target::Path(name) => {
            name.starts_with(PUBLIC) && !name.starts_with(SECRETS)
                || name.starts_with("arn:") && name.contains("::parameter/aws/")
        }
        Target::Secret(_) | Target::Object(_) => false,
    }
}

/// The secret that a parameter stands for.
pub(crate) fn referred_secret(target: &Target) -> Option<Secret> {
    let Target::Parameter(Parameter { name, .. }) = target else {
        return None;
    };
    name.strip_prefix(SECRETS).map(|id| Secret {
        id: id.to_owned(),
        stage: None,
        version: None,
    })
}

/// The secret without the characters that Secrets Manager puts behind its name: of one that does not exist, nobody
/// knows them.
pub(crate) fn bare_secret_arn(id: &str, place: &Place) -> String {
    if id.starts_with("arn:") {
        id.to_owned()
    } else {
        place.arn("secretsmanager", &format!("secret:{id}"))
    }
}

fn parameter_arn(name: &str, place: &Place) -> String {
    match name {
        arn if arn.starts_with("arn:") => arn.to_owned(),
        path if path.starts_with(PUBLIC) && !path.starts_with(SECRETS) => place
            .without_account()
            .arn("ssm", &format!("parameter{path}")),
        path if path.starts_with('/') => place.arn("ssm", &format!("parameter{path}")),
        name => place.arn("ssm", &format!("parameter/{name}")),
    }
}

/// Escapes what IAM would read as a pattern.
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
