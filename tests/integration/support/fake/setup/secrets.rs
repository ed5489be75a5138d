//! Secrets of Secrets Manager.

use super::super::store::{Secret, SecretContent, SecretVersion};
use super::Scope;

impl Scope {
    /// A secret with one version, AWSCURRENT.
    pub fn secret(&self, name: &str, text: &str) -> &Self {
        self.secret_content(name, SecretContent::Text(text.into()))
    }

    pub fn secret_binary(&self, name: &str, bytes: &[u8]) -> &Self {
        self.secret_content(name, SecretContent::Binary(bytes.into()))
    }

    /// One version of a secret; its stages move from the versions that had them. AWS's version ids have 32 to 64 characters.
    pub fn secret_version(
        &self,
        name: &str,
        version_id: &str,
        stages: &[&str],
        text: &str,
    ) -> &Self {
        assert!(
            (32..=64).contains(&version_id.len()),
            "the version id {version_id:?} has not 32 to 64 characters"
        );
        self.add_secret_version(name, version_id, stages, SecretContent::Text(text.into()))
    }

    pub fn secret_pending_deletion(&self, name: &str) -> &Self {
        self.change(|store| {
            let secrets = store
                .secrets
                .iter_mut()
                .filter(|secret| secret.name == name);
            secrets.for_each(|secret| secret.pending_deletion = true);
        })
    }

    /// The full ARN of a secret, as AWS would print it.
    pub fn secret_arn(&self, name: &str, region: &str) -> String {
        let secret = Secret {
            name: name.into(),
            place: self.place.clone(),
            versions: Vec::new(),
            shared: false,
            pending_deletion: false,
        };
        secret.arn(region)
    }

    fn secret_content(&self, name: &str, content: SecretContent) -> &Self {
        let number = self
            .shared
            .store()
            .secrets
            .iter()
            .map(|secret| secret.versions.len())
            .sum::<usize>()
            + 1;
        let id = format!("00000000-0000-4000-8000-{number:012}");
        self.add_secret_version(name, &id, &["AWSCURRENT"], content)
    }

    fn add_secret_version(
        &self,
        name: &str,
        id: &str,
        stages: &[&str],
        content: SecretContent,
    ) -> &Self {
        self.change(|store| {
            let found = store
                .secrets
                .iter()
                .position(|secret| secret.name == name && self.is_here(&secret.place));
            let at = found.unwrap_or_else(|| {
                let (name, place) = (name.into(), self.place.clone());
                store.secrets.push(Secret {
                    name,
                    place,
                    versions: vec![],
                    shared: false,
                    pending_deletion: false,
                });
                store.secrets.len() - 1
            });
            let versions = &mut store.secrets[at].versions;
            for known in versions.iter_mut() {
                known
                    .stages
                    .retain(|stage| !stages.contains(&stage.as_str()));
            }
            let stages = stages.iter().map(|stage| (*stage).to_owned()).collect();
            versions.push(SecretVersion {
                id: id.into(),
                stages,
                content,
            });
        })
    }
}
