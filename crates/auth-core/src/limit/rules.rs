//! What is limited, and how.

use std::time::Duration;

use super::{Penalty, Rule};

/// The rules, one for each thing that is limited.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Failed sign-ins of one account.
    pub sign_in_account: Rule,
    /// Failed sign-ins from one address.
    pub sign_in_ip: Rule,
    /// Registrations from one address.
    pub register_ip: Rule,
    /// Requests for mail (forgot, resend) from one address.
    pub mail_request_ip: Rule,
    /// Wrong mailed tokens from one address.
    pub token_ip: Rule,
    /// Flows to providers from one address.
    pub provider_flow_ip: Rule,
    /// Refreshes of one session.
    pub refresh_session: Rule,
    /// Changes of one profile.
    pub profile_account: Rule,
    /// Changes of the username or the address of one profile, each of which is told by mail.
    pub profile_name_account: Rule,
    /// Requested mails to one mailbox, in the short run.
    pub mailbox_hour: Rule,
    /// Requested mails to one mailbox, in the long run.
    pub mailbox_day: Rule,
}

impl Default for Rules {
    fn default() -> Self {
        const MINUTE: Duration = Duration::from_secs(60);
        const HOUR: Duration = Duration::from_secs(3600);
        const DAY: Duration = Duration::from_secs(86_400);
        Self {
            sign_in_account: Rule {
                free: 5,
                window: DAY,
                penalty: Penalty::Doubling {
                    first: Duration::from_secs(1),
                    max: Duration::from_secs(900),
                },
            },
            sign_in_ip: Rule::fixed(20, MINUTE.saturating_mul(10)),
            register_ip: Rule::fixed(5, HOUR),
            mail_request_ip: Rule::fixed(20, HOUR),
            token_ip: Rule::fixed(20, MINUTE.saturating_mul(10)),
            provider_flow_ip: Rule::fixed(1000, MINUTE.saturating_mul(10)),
            refresh_session: Rule::fixed(60, MINUTE),
            profile_account: Rule::fixed(60, HOUR),
            profile_name_account: Rule::fixed(10, HOUR),
            mailbox_hour: Rule::fixed(3, HOUR),
            mailbox_day: Rule::fixed(10, DAY),
        }
    }
}
