//! Predicts the endpoint of a service before its client is made, so that connecting overlaps
//! loading credentials and setting up the SDK.
//!
//! The SDK decides for itself where each request goes. Where it decides otherwise, a connection stays
//! unused; so nothing is predicted where it is not sure.

use std::fmt;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use crate::error::{Diagnostic, ErrorKind};
use crate::request::{Object, Target};
use crate::store::aws::redact::quoted;
use crate::store::aws::service::Service;

/// How regions begin whose hosts are named otherwise: other partitions, and `aws-global`.
const ELSEWHERE: [&str; 5] = ["cn-", "us-iso", "eu-iso", "eusc-", "aws-"];
/// How the names of buckets end that are not addressed as others are: aliases of access points, and
/// buckets of another class.
const SPECIAL_BUCKETS: [&str; 2] = ["-s3", "-s3alias"];

/// The URL of the endpoint that `target` will be asked at in `region`, if that is certain.
pub(super) fn predict_endpoint(
    config: &SdkConfig,
    region: &str,
    target: &Target,
) -> Option<String> {
    let service = match target {
        Target::Parameter(_) | Target::Path(_) => "ssm",
        Target::Secret(_) => "secretsmanager",
        Target::Object(_) => "s3",
    };
    // The SDK refuses both with a configured endpoint.
    if config.use_fips() == Some(true) || config.use_dual_stack() == Some(true) {
        return None;
    }
    if let Some(own) = configured(config, Service::of(target)) {
        return Some(own);
    }
    if !is_label(region) || ELSEWHERE.iter().any(|start| region.starts_with(start)) {
        return None;
    }
    let host = match target {
        Target::Object(Object { bucket, .. }) if !is_host_name(bucket) => return None,
        Target::Object(Object { bucket, .. }) => format!("{bucket}.{service}"),
        _ => service.to_owned(),
    };
    Some(format!("https://{host}.{region}.amazonaws.com"))
}

/// The endpoint that the environment or a profile gives the service.
pub(super) fn configured(config: &SdkConfig, service: Service) -> Option<String> {
    let key = ServiceConfigKey::builder()
        .service_id(service.id())
        .profile("endpoint_url")
        .env("AWS_ENDPOINT_URL")
        .build();
    let of_service = || config.service_config()?.load_config(key.ok()?);
    of_service().or_else(|| config.endpoint_url().map(str::to_owned))
}

/// An endpoint that somebody chose, and what names it.
pub(super) struct Chosen {
    url: String,
    source: String,
}

impl Chosen {
    /// The endpoint of the service, if it is not AWS's own.
    pub(super) fn of(config: &SdkConfig, service: Service) -> Option<Self> {
        let url = configured(config, service)?;
        let own = service.id().replace(' ', "_").to_uppercase();
        let variables = [
            format!("AWS_ENDPOINT_URL_{own}"),
            "AWS_ENDPOINT_URL".to_owned(),
        ];
        let names = |variable: &String| std::env::var(variable).is_ok_and(|value| value == url);
        let source = variables.into_iter().find(names);
        let source = source.unwrap_or_else(|| "endpoint_url of the profile".to_owned());
        Some(Self { url, source })
    }

    /// Refuses what is no URL of HTTP: the SDK takes some of it for one, and asks until the budget ends.
    pub(super) fn check(&self) -> Result<(), Diagnostic> {
        let scheme = self.url.split_once("://").map(|(scheme, _)| scheme);
        let is_http = |scheme: &str| {
            ["http", "https"]
                .iter()
                .any(|known| scheme.eq_ignore_ascii_case(known))
        };
        if scheme.is_some_and(is_http) {
            return Ok(());
        }
        let shown = match scheme {
            Some(_) => quoted(&self.url),
            // As that of a URL, its user is kept out.
            None => quoted(&format!("http://{}", self.url)).replacen("http://", "", 1),
        };
        let meant = match scheme {
            None if shown.contains(':') && !shown.starts_with('/') => {
                format!("write \"http://{shown}\"")
            }
            _ => "write http://host:port or https://host".to_owned(),
        };
        Err(Diagnostic::new(
            ErrorKind::Configuration,
            format!(
                "{} needs http:// or https://: it is \"{shown}\"",
                self.source
            ),
            meant,
        ))
    }
}

impl fmt::Display for Chosen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} (from {})", quoted(&self.url), self.source)
    }
}

/// Whether a bucket is a part of its host's name. One with a dot is not, over TLS.
fn is_host_name(bucket: &str) -> bool {
    let special = SPECIAL_BUCKETS.iter().any(|end| bucket.ends_with(end));
    bucket.len() >= 3 && is_label(bucket) && !special
}

/// Whether a text can stand between the dots of a host's name.
fn is_label(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&text.len())
        && text.bytes().all(plain)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

#[cfg(test)]
mod tests {
    use aws_sdk_s3::config::endpoint::{self as s3, ResolveEndpoint as _};
    use aws_sdk_secretsmanager::config::endpoint::{self as secrets_manager, ResolveEndpoint as _};
    use aws_sdk_ssm::config::endpoint::{self as ssm, ResolveEndpoint as _};
    use futures_util::FutureExt;

    use super::*;
    use crate::request::{Parameter, Secret};

    /// Of every partition, and one that nobody knows yet.
    const REGIONS: [&str; 14] = [
        "us-east-1",
        "eu-west-1",
        "ap-southeast-5",
        "il-central-1",
        "mx-central-1",
        "us-gov-west-1",
        "cn-north-1",
        "us-iso-east-1",
        "us-isob-east-1",
        "us-isof-south-1",
        "eu-isoe-west-1",
        "eusc-de-east-1",
        "aws-global",
        "xx-new-1",
    ];

    fn plain() -> SdkConfig {
        SdkConfig::builder().build()
    }

    fn parameter() -> Target {
        Target::Parameter(Parameter {
            name: "/prod/db".to_owned(),
            selector: None,
        })
    }

    fn secret() -> Target {
        Target::Secret(Secret {
            id: "prod/db".to_owned(),
            stage: None,
            version: None,
        })
    }

    fn object(bucket: &str) -> Target {
        Target::Object(Object {
            bucket: bucket.to_owned(),
            key: "key.env".to_owned(),
            version: None,
        })
    }

    fn url<E: std::fmt::Debug>(
        endpoint: Option<Result<aws_smithy_types::endpoint::Endpoint, E>>,
    ) -> String {
        let endpoint = endpoint.expect("no waiting");
        endpoint.map_or_else(|error| format!("{error:?}"), |found| found.url().to_owned())
    }

    #[test]
    fn the_sdk_decides_what_is_predicted() {
        let mut predicted = 0;
        let mut agree = |region: &str, target: &Target, decided: String| {
            if let Some(predict_endpoint) = predict_endpoint(&plain(), region, target) {
                assert_eq!(predict_endpoint, decided);
                predicted += 1;
            }
        };
        for region in REGIONS {
            let params = ssm::Params::builder().region(region).build().unwrap();
            let resolver = ssm::DefaultResolver::new();
            let decided = resolver.resolve_endpoint(&params).now_or_never();
            agree(region, &parameter(), url(decided));

            let params = secrets_manager::Params::builder().region(region);
            let params = params.build().unwrap();
            let resolver = secrets_manager::DefaultResolver::new();
            let decided = resolver.resolve_endpoint(&params).now_or_never();
            agree(region, &secret(), url(decided));

            for bucket in [
                "my-bucket",
                "123",
                "My_Bucket",
                "my.bucket",
                "a--x-s3",
                "a-s3alias",
                "-a-",
            ] {
                let params = s3::Params::builder().region(region).bucket(bucket);
                let params = params.build().unwrap();
                let resolver = s3::DefaultResolver::new();
                let decided = resolver.resolve_endpoint(&params).now_or_never();
                agree(region, &object(bucket), url(decided));
            }
        }
        // Those whose names end in amazonaws.com: two services, and two buckets.
        assert_eq!(predicted, 7 * 4);
    }

    #[test]
    fn a_configured_endpoint_is_predicted_for_every_service_and_region() {
        let own = SdkConfig::builder()
            .endpoint_url("http://127.0.0.1:4566")
            .build();
        for request in [parameter(), secret(), object("my.bucket")] {
            let endpoint = predict_endpoint(&own, "cn-north-1", &request);
            assert_eq!(endpoint.as_deref(), Some("http://127.0.0.1:4566"));
        }
    }

    #[test]
    fn no_endpoint_is_predicted_for_a_region_that_cannot_be_in_a_host_name() {
        for region in ["", "eu west 1", "eu-west-1/", "a@b.example/", "eu-west-1."] {
            assert_eq!(
                predict_endpoint(&plain(), region, &parameter()),
                None,
                "{region}"
            );
        }
    }

    #[test]
    fn no_endpoint_is_predicted_for_fips_and_dual_stack() {
        let own = || SdkConfig::builder().endpoint_url("http://127.0.0.1:4566");
        for builder in [SdkConfig::builder, own] {
            let fips = builder().use_fips(true).build();
            let dual = builder().use_dual_stack(true).build();
            assert_eq!(predict_endpoint(&fips, "us-east-1", &parameter()), None);
            assert_eq!(predict_endpoint(&dual, "us-east-1", &parameter()), None);
        }
    }
}
