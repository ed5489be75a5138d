//! Settings shared by all requests, and one client per region and role.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::meta::region::{ProvideRegion, RegionProviderChain};
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::TokenError;
use aws_credential_types::provider::future;
use aws_credential_types::provider::token::ProvideToken;

use crate::error::{Diagnostic, ErrorKind};
use crate::request::{Location, Target};
use crate::store::aws::credentials;
use crate::store::aws::endpoint::{self, Chosen};
use crate::store::aws::error::Operation;
use crate::store::aws::files;
use crate::store::aws::http::Http;
use crate::store::aws::http::recorder::RequestRecorder;
use crate::store::aws::http::roots;
use crate::store::aws::http::whole::RequireWhole;
use crate::store::aws::retry::limiter::MAX_IN_FLIGHT;
use crate::store::aws::retry::{LimitKey, Retrier};
use crate::store::aws::service::Service;
use crate::store::aws::services::MAX_NAMES;

/// Two tries of a second each reach an instance's metadata service wherever there is one; outside
/// EC2 they are all that looking for it costs.
const IMDS_TIMEOUT: Duration = Duration::from_secs(1);
const IMDS_ATTEMPTS: u32 = 2;

/// What all regions and roles share.
pub(super) struct Session {
    http: Http,
    config: SdkConfig,
    provider: ProviderConfig,
    credentials: Loaded,
    /// Made where it is asked, which mostly is nowhere; once, for it keeps a token.
    imds: OnceCell<imds::Client>,
    recorder: RequestRecorder,
    /// Each role is assumed once, whatever regions it is used in.
    assumed: RefCell<HashMap<String, Rc<Loaded>>>,
}

type Loaded = tokio::sync::OnceCell<Result<Credentials, Diagnostic>>;

/// The services in one region with one identity. Each client is made when it is first needed,
/// since the first of each service parses the SDK's table of partitions.
pub(super) struct Client {
    config: SdkConfig,
    pub(super) region: String,
    role: Option<String>,
    ssm: OnceCell<aws_sdk_ssm::Client>,
    secrets_manager: OnceCell<aws_sdk_secretsmanager::Client>,
    s3: OnceCell<aws_sdk_s3::Client>,
}

impl Client {
    /// The settings of its requests.
    pub(super) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// The operation on `target`, for messages.
    pub(super) fn operation(&self, target: Target) -> Operation<'_> {
        Operation::new(target, &self.region, self.role.as_deref(), &self.config)
    }

    /// The limit that requests to `service` count against.
    pub(super) fn limit_key(&self, service: Service) -> LimitKey {
        LimitKey {
            service,
            region: self.region.clone(),
            role: self.role.clone(),
        }
    }

    pub(super) fn ssm(&self) -> &aws_sdk_ssm::Client {
        self.ssm.get_or_init(|| {
            let config = aws_sdk_ssm::config::Builder::from(&self.config);
            let config = config.interceptor(RequireWhole);
            aws_sdk_ssm::Client::from_conf(config.build())
        })
    }

    pub(super) fn secrets_manager(&self) -> &aws_sdk_secretsmanager::Client {
        self.secrets_manager.get_or_init(|| {
            let config = aws_sdk_secretsmanager::config::Builder::from(&self.config);
            let config = config.interceptor(RequireWhole);
            aws_sdk_secretsmanager::Client::from_conf(config.build())
        })
    }

    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        self.s3.get_or_init(|| {
            // Buckets are no host names of an endpoint of one's own.
            let by_path = endpoint::configured(&self.config, Service::S3).is_some();
            let config = aws_sdk_s3::config::Builder::from(&self.config);
            let config = config.interceptor(RequireWhole);
            aws_sdk_s3::Client::from_conf(config.force_path_style(by_path).build())
        })
    }
}

impl Session {
    /// The session, opened now if it was not before.
    pub(super) async fn opened<'a>(
        session: &'a mut Option<Self>,
        needs_region: bool,
        retrier: &Retrier,
    ) -> Result<&'a Self, Diagnostic> {
        let open = match session.take() {
            Some(open) => open,
            None => Self::open(retrier).await?,
        };
        let open = open.with_region(needs_region, retrier).await;
        Ok(session.insert(open))
    }

    async fn open(retrier: &Retrier) -> Result<Self, Diagnostic> {
        files::check_profiles()?;
        let http = Http::new(roots::roots(retrier.deadline()).await?);
        let recorder = RequestRecorder::of(http.clone());
        let provider = ProviderConfig::without_region()
            .with_http_client(recorder.clone())
            // As for all requests: asking again is ours.
            .with_retry_config(RetryConfig::disabled());
        let region = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
            .or_else(
                ProfileFileRegionProvider::builder()
                    .configure(&provider)
                    .build(),
            )
            .region()
            .await;
        let config = sdk_config(http.clone(), region.clone()).await;
        let provider = provider
            .with_region(region)
            .with_use_fips(config.use_fips())
            .with_use_dual_stack(config.use_dual_stack());
        Ok(Self {
            http,
            config,
            provider,
            credentials: tokio::sync::OnceCell::new(),
            imds: OnceCell::new(),
            recorder,
            assumed: RefCell::default(),
        })
    }

    /// Asks the instance for the region where nothing else says it.
    async fn with_region(self, needed: bool, retrier: &Retrier) -> Self {
        if !needed || self.config.region().is_some() || credentials::source::of_a_container() {
            return self;
        }
        let instance = imds::region::ImdsRegionProvider::builder()
            .imds_client(self.imds())
            .build();
        let operation =
            tokio::time::timeout_at(retrier.deadline(), ProvideRegion::region(&instance)).await;
        match operation {
            Ok(Some(region)) => {
                let config = self.config.to_builder().region(region.clone()).build();
                let provider = self.provider.with_region(Some(region));
                Self {
                    config,
                    provider,
                    ..self
                }
            }
            Ok(None) | Err(_) => self,
        }
    }

    /// The client for one location, which will receive requests for `targets`.
    pub(super) async fn client(
        &self,
        location: &Location,
        targets: &[Target],
        retrier: &Retrier,
    ) -> Result<Client, Diagnostic> {
        let region = match self.region(location) {
            Ok(region) => region,
            Err(diagnostic) => {
                return Err(self.with_missing_credentials(diagnostic, retrier).await);
            }
        };
        self.check_endpoints(targets)?;
        self.preconnect(&region, targets).await;
        let credentials = self.credentials(retrier).await?;
        let mut config = self.config.to_builder().region(region.clone());
        config.set_credentials_provider(Some(match &location.role {
            Some(role) => {
                self.assumed(role, region.clone(), credentials, retrier)
                    .await?
            }
            None => SharedCredentialsProvider::new(credentials),
        }));
        Ok(Client {
            config: config.build(),
            region: region.to_string(),
            role: location.role.clone(),
            ssm: OnceCell::new(),
            secrets_manager: OnceCell::new(),
            s3: OnceCell::new(),
        })
    }

    /// Refuses chosen endpoints that cannot be used.
    fn check_endpoints(&self, targets: &[Target]) -> Result<(), Diagnostic> {
        let services = [
            Service::ParameterStore,
            Service::SecretsManager,
            Service::S3,
        ];
        let asked = |service: &Service| targets.iter().any(|one| Service::of(one) == *service);
        services
            .into_iter()
            .filter(asked)
            .filter_map(|service| Chosen::of(&self.config, service))
            .try_for_each(|chosen| chosen.check())
    }

    /// Opens as many connections to each service as there will be requests at once.
    async fn preconnect(&self, region: &Region, targets: &[Target]) {
        let of = |kind: fn(&Target) -> bool| targets.iter().filter(move |one| kind(one));
        let parameters = of(|one| matches!(one, Target::Parameter(_)));
        let paths = of(|one| matches!(one, Target::Path(_)));
        let secrets = of(|one| matches!(one, Target::Secret(_)));
        let mut objects = of(|one| matches!(one, Target::Object(_)));
        let of_parameters = parameters.clone().count().div_ceil(MAX_NAMES) + paths.clone().count();
        let expected = [
            (parameters.chain(paths).next(), of_parameters),
            (secrets.clone().next(), secrets.count()),
            // Other buckets are other hosts.
            (objects.next(), 1),
        ];
        for (target, count) in expected {
            let predicted =
                |target| endpoint::predict_endpoint(&self.config, region.as_ref(), target);
            if let Some(endpoint) = target.and_then(predicted) {
                let count = count.min(MAX_IN_FLIGHT);
                self.http.preconnect(&endpoint, count).await;
            }
        }
    }

    fn imds(&self) -> imds::Client {
        let made = || {
            imds::Client::builder()
                .configure(&self.provider)
                .connect_timeout(IMDS_TIMEOUT)
                .read_timeout(IMDS_TIMEOUT)
                .max_attempts(IMDS_ATTEMPTS)
                .build()
        };
        self.imds.get_or_init(made).clone()
    }

    /// The current region, if there is one.
    pub(super) fn default_region(&self) -> Option<&str> {
        self.config.region().map(AsRef::as_ref)
    }

    fn region(&self, location: &Location) -> Result<Region, Diagnostic> {
        let own = location.region.clone().map(Region::new);
        own.or_else(|| self.config.region().cloned())
            .ok_or_else(|| {
                Diagnostic::new(
                    ErrorKind::Configuration,
                    "there is no AWS region",
                    "set \"AWS_REGION\", or add \"?region=\" to the reference",
                )
            })
    }

    async fn credentials(&self, retrier: &Retrier) -> Result<Credentials, Diagnostic> {
        let load = async || {
            credentials::load(&self.provider, || self.imds(), &self.recorder, retrier).await
        };
        self.credentials.get_or_init(load).await.clone()
    }

    /// Reports a missing region and missing credentials together.
    async fn with_missing_credentials(
        &self,
        diagnostic: Diagnostic,
        retrier: &Retrier,
    ) -> Diagnostic {
        match self.credentials(retrier).await {
            Ok(_) => diagnostic,
            Err(other) => Diagnostic::new(
                diagnostic.kind,
                format!("{}, and {}", diagnostic.message, other.message),
                format!("{}; {}", diagnostic.help, other.help),
            ),
        }
    }

    async fn assumed(
        &self,
        role: &str,
        region: Region,
        credentials: Credentials,
        retrier: &Retrier,
    ) -> Result<SharedCredentialsProvider, Diagnostic> {
        let loaded = Rc::clone(
            self.assumed
                .borrow_mut()
                .entry(role.to_owned())
                .or_default(),
        );
        let assume = async || {
            let config = self.config.to_builder().region(region.clone());
            let config = config.credentials_provider(SharedCredentialsProvider::new(credentials));
            let config = aws_sdk_sts::config::Builder::from(&config.build());
            let sts = aws_sdk_sts::Client::from_conf(config.interceptor(RequireWhole).build());
            credentials::assume(role, &sts, region.as_ref(), retrier).await
        };
        let assumed = loaded.get_or_init(assume).await.clone();
        assumed.map(SharedCredentialsProvider::new)
    }
}

/// Settings for all clients: retries and timeouts are ours.
async fn sdk_config(http: Http, region: Option<Region>) -> SdkConfig {
    aws_config::defaults(BehaviorVersion::v2026_01_12())
        .http_client(http)
        .region(Fixed(region))
        .no_credentials()
        // Otherwise the SDK asks the instance for a region to look for SSO tokens in, unbounded.
        .token_provider(NoToken)
        // Asking again is ours: the SDK's own policy gives up after three times.
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::disabled())
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
        .load()
        .await
}

/// None of the three services takes bearer tokens.
#[derive(Debug)]
struct NoToken;

impl ProvideToken for NoToken {
    fn provide_token<'a>(&'a self) -> future::ProvideToken<'a>
    where
        Self: 'a,
    {
        future::ProvideToken::ready(Err(TokenError::not_loaded("no service takes tokens")))
    }
}

/// A region that is already known, or known to be unknown, so that the SDK does not look again.
#[derive(Debug)]
struct Fixed(Option<Region>);

impl ProvideRegion for Fixed {
    fn region(&self) -> aws_config::meta::region::future::ProvideRegion<'_> {
        aws_config::meta::region::future::ProvideRegion::ready(self.0.clone())
    }
}
