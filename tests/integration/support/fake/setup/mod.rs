//! What a test tells the fake before the run: data, keys, permissions. Every call answers the same scope, so that calls chain.

mod faults;
mod identities;
mod objects;
mod parameters;
mod secrets;

use std::sync::Arc;

use super::shared::Shared;
use super::store::{Place, Store, one_level};

/// The fake as seen from one account and from one region or all of them.
#[derive(Clone)]
pub struct Scope {
    pub(super) shared: Arc<Shared>,
    pub(super) place: Place,
}

impl Scope {
    /// The same account in one region only: what is set up there exists nowhere else.
    pub fn in_region(&self, region: &str) -> Self {
        Self {
            place: Place {
                region: Some(region.into()),
                ..self.place.clone()
            },
            ..self.clone()
        }
    }

    /// Another account: what is set up there is reached by `share` and full ARN, or by assuming a role of that account.
    pub fn in_account(&self, account: &str) -> Self {
        Self {
            place: Place {
                account: account.into(),
                ..self.place.clone()
            },
            ..self.clone()
        }
    }

    /// Lets other accounts read a parameter or secret of this one by its full ARN.
    pub fn share(&self, name: &str) -> &Self {
        self.change(|store| {
            let parameters = store
                .parameters
                .iter_mut()
                .filter(|parameter| parameter.name == name);
            parameters.for_each(|parameter| parameter.shared = true);
            let secrets = store
                .secrets
                .iter_mut()
                .filter(|secret| secret.name == name);
            secrets.for_each(|secret| secret.shared = true);
        })
    }

    /// Denies a parameter, a path, a secret, `bucket/key` or a role to everybody, by name or by ARN.
    pub fn deny(&self, name_or_arn: &str) -> &Self {
        self.change(|store| {
            store.denied.insert(one_level(name_or_arn).into());
        })
    }

    pub fn allow(&self, name_or_arn: &str) -> &Self {
        self.change(|store| {
            store.denied.remove(one_level(name_or_arn));
        })
    }

    fn change(&self, change: impl FnOnce(&mut Store)) -> &Self {
        change(&mut self.shared.store());
        self
    }

    fn is_here(&self, place: &Place) -> bool {
        place.region == self.place.region && place.account == self.place.account
    }
}
