//! What AWS says when it denies access, taken apart: who, for which action, on which resource, and why.
//!
//! It only decides how a denial reads: that it is one was decided by its code.

use crate::store::aws::redact::quoted;

/// The parts of a denial.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Denial<'a> {
    /// The identity: `arn:aws:sts::111122223333:assumed-role/web/i-0`.
    pub(super) who: &'a str,
    /// What it may not do: `kms:Decrypt`.
    pub(super) action: &'a str,
    /// On what; AWS does not always say.
    pub(super) resource: Option<&'a str>,
    /// The rest: `because no identity-based policy allows the …`.
    pub(super) why: &'a str,
}

impl<'a> Denial<'a> {
    /// Reads AWS's words, if they have the form that IAM gives them.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let text = text.trim().lines().next()?;
        let (who, rest) = text
            .strip_prefix("User: ")?
            .split_once(" is not authorized to perform: ")?;
        let (action, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        let (resource, why) = match rest.strip_prefix("on resource: ") {
            Some(rest) => {
                let (resource, why) = rest.split_once(' ').unwrap_or((rest, ""));
                (Some(resource.trim_matches('"')), why)
            }
            None => (None, rest),
        };
        Some(Self {
            who,
            action: action.trim_end_matches(['.', ',']),
            resource,
            why: why.trim(),
        })
    }

    /// The account of the resource, where it has one.
    pub(super) fn account(&self) -> Option<&'a str> {
        let account = self.resource?.strip_prefix("arn:")?.split(':').nth(3)?;
        let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        is_account.then_some(account)
    }

    /// Who may not do what, and AWS's words last. `action` and what is asked for stand in front of it.
    pub(super) fn text(&self, action: &str, code: &str) -> String {
        let other = if self.action == action {
            String::new()
        } else {
            let resource = self.resource.unwrap_or("its key");
            format!(" ({} on {})", quoted(self.action), quoted(resource))
        };
        let why = match self.why.strip_prefix("because ").unwrap_or(self.why) {
            "" => String::new(),
            why => format!(": {}", quoted(why)),
        };
        format!(
            "AWS denied access{other} to {} ({}{why})",
            quoted(self.who),
            quoted(code)
        )
    }
}

/// Whether it was the key that could not be used, which some services say in words of their own.
pub(super) fn is_of_key(code: &str, text: &str) -> bool {
    let is_code = code.starts_with("KMS") || code.starts_with("DecryptionFailure");
    is_code
        || text.contains("kms:Decrypt")
        || text.contains("Access to KMS is not allowed")
        || text.contains("The ciphertext refers to a customer master key")
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "arn:aws:sts::111122223333:assumed-role/web/i-0";
    const WHY: &str = "because no identity-based policy allows the ssm:GetParameters action";

    #[test]
    fn a_denial_has_parts() {
        let resource = "arn:aws:ssm:eu-west-1:111122223333:parameter/a";
        let text = format!(
            "User: {USER} is not authorized to perform: ssm:GetParameters on resource: {resource} {WHY}"
        );
        let denial = Denial::parse(&text).unwrap();
        assert_eq!(denial.account(), Some("111122223333"));
        assert_eq!(
            denial.text("ssm:GetParameters", "AccessDeniedException"),
            format!(
                "AWS denied access to {USER} (AccessDeniedException: no identity-based policy allows the ssm:GetParameters action)"
            )
        );
        let text = format!(
            "User: {USER} is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::b\" with an explicit deny in a service control policy"
        );
        let denial = Denial::parse(&text).unwrap();
        assert_eq!(denial.account(), None);
        assert_eq!(
            denial.text("s3:GetObject", "AccessDenied"),
            format!(
                "AWS denied access (s3:ListBucket on arn:aws:s3:::b) to {USER} (AccessDenied: with an explicit deny in a service control policy)"
            )
        );
    }

    #[test]
    fn what_is_in_no_known_form_is_left_alone() {
        for text in ["", "Access Denied", "User: a", "User: a may not b"] {
            assert_eq!(Denial::parse(text), None);
        }
        let bare = Denial::parse("User: a is not authorized to perform: b").unwrap();
        assert_eq!((bare.resource, bare.why), (None, ""));
    }
}
