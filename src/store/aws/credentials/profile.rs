//! Credentials of the profile: the SDK's provider, with our own parts where its parts fall short.

use std::path::Path;

use aws_config::profile::{Profile, ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::{imds, profile};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::instance::InstanceRole;
use super::process::CredentialProcess;
use crate::error::Diagnostic;
use crate::store::aws::files;

/// What names the file of a profile's token.
const TOKEN_KEY: &str = "web_identity_token_file";
/// What a profile says where an instance is asked.
const INSTANCE_SOURCE: &str = "Ec2InstanceMetadata";
/// What makes a profile take its credentials from elsewhere than from its process.
const BEFORE_PROCESS: [&str; 5] = [
    "credential_source",
    "role_arn",
    "sso_session",
    "sso_account_id",
    "login_session",
];

/// The provider of the profile that is chosen.
///
/// # Errors
/// When a profile is named that does not exist.
pub(super) async fn provider(
    config: &ProviderConfig,
    imds: impl Fn() -> imds::Client,
) -> Result<ProfileFileCredentialsProvider, Diagnostic> {
    let mut provider = ProfileFileCredentialsProvider::builder().configure(config);
    let files = EnvConfigFiles::builder()
        .include_default_config_file(true)
        .include_default_credentials_file(true);
    let read = profile::load(&Fs::real(), &Env::real(), &files.clone().build(), None).await;
    // What is wrong with a file is for the SDK to say.
    let Ok(profiles) = read else {
        return Ok(provider.build());
    };
    let selected = profiles.selected_profile();
    if selected != "default" && profiles.get_profile(selected).is_none() {
        return Err(super::error::no_such_profile(selected));
    }
    token_files(&profiles).try_for_each(|path| files::check(Path::new(path), TOKEN_KEY))?;
    if asks_an_instance(&profiles) {
        provider = provider.with_custom_provider(
            INSTANCE_SOURCE,
            InstanceRole {
                config: config.clone(),
                imds: imds(),
            },
        );
    }
    let mut sources = String::new();
    for (name, command) in processes(&profiles) {
        let source = format!("process-of-{name}");
        sources.extend(["[", name, "]\ncredential_source = ", &source, "\n"]);
        provider = provider.with_custom_provider(source, CredentialProcess::new(command));
    }
    if !sources.is_empty() {
        let files = files.with_contents(EnvConfigFileKind::Credentials, sources);
        provider = provider.profile_files(files.build());
    }
    Ok(provider.build())
}

fn token_files(profiles: &ProfileSet) -> impl Iterator<Item = &str> {
    let all = profiles.profiles();
    all.filter_map(|name| profiles.get_profile(name)?.get(TOKEN_KEY))
}

fn asks_an_instance(profiles: &ProfileSet) -> bool {
    let mut all = profiles
        .profiles()
        .filter_map(|name| profiles.get_profile(name));
    all.any(|profile| {
        let source = profile.get("credential_source");
        source.is_some_and(|source| source.eq_ignore_ascii_case(INSTANCE_SOURCE))
    })
}

/// The profiles that take their credentials from a process, and its command.
fn processes(profiles: &ProfileSet) -> impl Iterator<Item = (&str, &str)> {
    let from_elsewhere =
        |profile: &Profile| BEFORE_PROCESS.iter().any(|key| profile.get(key).is_some());
    let process = move |name| {
        let profile = profiles.get_profile(name)?;
        let command = profile.get("credential_process")?;
        (!from_elsewhere(profile)).then_some((name, command))
    };
    profiles.profiles().filter_map(process)
}
