//! Who may ask, and where credentials come from.

use super::super::store::{Container, Key};
use super::Scope;

impl Scope {
    /// A user's access key of this account.
    pub fn key(&self, id: &str, secret: &str) -> &Self {
        self.add_key(id, secret, None, false)
    }

    /// Temporary credentials of this account.
    pub fn session_key(&self, id: &str, secret: &str, token: &str) -> &Self {
        self.add_key(id, secret, Some(token), false)
    }

    pub fn expired_key(&self, id: &str, secret: &str, token: &str) -> &Self {
        self.add_key(id, secret, Some(token), true)
    }

    /// Ends credentials that were valid, such as minted ones.
    pub fn expire(&self, id: &str) -> &Self {
        self.change(|store| {
            store
                .keys
                .iter_mut()
                .filter(|key| key.id == id)
                .for_each(|key| key.expired = true);
        })
    }

    /// A role that callers may assume.
    pub fn role(&self, arn: &str) -> &Self {
        self.change(|store| {
            store.roles.insert(arn.into());
        })
    }

    /// A role that the bearer of this token may assume (IRSA).
    pub fn web_identity(&self, role_arn: &str, token: &str) -> &Self {
        self.change(|store| {
            store.web_identities.insert(role_arn.into(), token.into());
        })
    }

    /// Serves container credentials (ECS, EKS Pod Identity) at this path, to those who send this Authorization.
    pub fn container_credentials(&self, path: &str, authorization: Option<&str>) -> &Self {
        let container = Container {
            path: path.into(),
            authorization: authorization.map(str::to_owned),
        };
        self.change(|store| store.container = Some(container))
    }

    /// Serves IMDSv2 credentials of this role.
    pub fn instance_role(&self, role: &str) -> &Self {
        self.change(|store| store.instance.get_or_insert_default().role = Some(role.into()))
    }

    /// Serves the region on IMDSv2.
    pub fn instance_region(&self, region: &str) -> &Self {
        self.change(|store| store.instance.get_or_insert_default().region = Some(region.into()))
    }

    /// Answers every request, signed or not.
    pub fn any_signature(&self) -> &Self {
        self.change(|store| store.any_signature = true)
    }

    /// Moves the fake's clock, into the past with a negative number.
    pub fn clock_ahead(&self, seconds: i64) -> &Self {
        self.change(|store| store.clock_ahead = seconds)
    }

    fn add_key(&self, id: &str, secret: &str, token: Option<&str>, expired: bool) -> &Self {
        let account = self.place.account.clone();
        let key = Key {
            id: id.into(),
            secret: secret.into(),
            token: token.map(str::to_owned),
            expired,
            arn: format!("arn:aws:iam::{account}:user/test"),
            account,
        };
        self.change(|store| {
            store.keys.retain(|known| known.id != key.id);
            store.keys.push(key);
        })
    }
}
