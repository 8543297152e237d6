//! Usernames that nobody may take, since others would believe their owner to be the service
//! or its staff.

use std::collections::BTreeSet;

use crate::error::{FieldCode, FieldError};
use crate::username::Username;

/// The names that are reserved unless a setting says otherwise: mailboxes of RFC 2142 and
/// those by which certificates are asked for (CA/Browser Forum, 3.2.2.4.4), system accounts,
/// and what people take for the service itself.
const BUILT_IN: &str = "
    abuse ftp hostmaster info marketing news noc postmaster sales security support usenet uucp
    webmaster www
    admin administrator ssladmin ssladministrator sslwebmaster sysadmin is-admin
    root superuser sudo system daemon bin nobody operator guest anonymous localhost
    mail mailer-daemon mailerdaemon no-reply noreply donotreply imap pop pop3 smtp
    autoconfig autodiscover wpad isatap broadcasthost
    api auth login logout signin signout signup register password account accounts settings
    profile oauth sso
    billing contact help helpdesk moderator official owner service staff team trust
    everyone here channel null undefined none
";

/// Names that are reserved, in the form in which names are compared.
#[derive(Clone, Debug, Default)]
pub struct ReservedNames(BTreeSet<String>);

impl ReservedNames {
    /// The built-in list.
    pub fn built_in() -> Self {
        Self::default().and(BUILT_IN.split_whitespace())
    }

    /// These names, too.
    #[must_use]
    pub fn and<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let names = names.into_iter().filter_map(Username::meant);
        self.0.extend(names.map(|name| appearance(&name)));
        self
    }

    /// Whether a name is reserved, looks like one that is, or is one with separators around
    /// it.
    pub fn hold(&self, name: &Username) -> bool {
        // A capital may look like another letter than the small one.
        let small = Username::from_stored(name.key().to_owned());
        [name, &small]
            .iter()
            .any(|name| self.0.contains(&appearance(name)))
    }

    /// Refuses a name that is reserved.
    ///
    /// # Errors
    /// Names `field`.
    pub fn check(&self, field: &'static str, name: Username) -> Result<Username, FieldError> {
        if self.hold(&name) {
            let detail = "This username is reserved. Please choose another one.";
            return Err(FieldError::new(field, FieldCode::Reserved, detail));
        }
        Ok(name)
    }
}

fn appearance(name: &Username) -> String {
    let skeleton = name.skeleton();
    skeleton.trim_matches(['_', '.', '-']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_reserved(name: &str) -> bool {
        let reserved = ReservedNames::built_in().and(["Ada-Corp"]);
        reserved.hold(&Username::parse("username", name).unwrap())
    }

    #[test]
    fn names_of_the_service_are_reserved_however_they_are_written() {
        for name in [
            "admin",
            "Root",
            "ADMINISTRATOR",
            "_support_",
            "r00t",
            "postmaster.",
            "ada-corp",
        ] {
            assert!(is_reserved(name), "{name}");
        }
        for name in ["ada", "admina", "supporter", "rooty", "adacorp"] {
            assert!(!is_reserved(name), "{name}");
        }
        assert!(!ReservedNames::default().hold(&Username::meant("admin").unwrap()));
    }
}
