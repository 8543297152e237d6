//! Whether mail leaves, and is likely to arrive.

use std::time::Duration;

use auth_mail::{MailTarget, Sender};
use auth_server::Settings;
use tokio::time::timeout;

use super::dns;
use super::finding::Finding;

const CHECK: &str = "mail";

const PATIENCE: Duration = Duration::from_secs(15);

/// Says hello to the mail server, and asks what DNS says of the sender's domain. No mail is sent.
pub async fn look(settings: &Settings) -> Vec<Finding> {
    let target = settings.mail_target();
    let target = target.and_then(|text| Ok(text.parse::<MailTarget>()?));
    let sender = settings.mail.mail_from.parse::<Sender>();
    let (target, sender) = match (target, sender) {
        (Ok(target), Ok(sender)) => (target, sender),
        (Err(error), _) => return vec![refused(format!("{error:#}"))],
        (_, Err(error)) => return vec![refused(format!("--mail-from {error}"))],
    };
    let MailTarget::Smtp(server) = &target else {
        let found = format!("{target}: nothing leaves this machine");
        return vec![Finding::ok(CHECK, found)];
    };
    let reached = timeout(PATIENCE, server.reach(&sender)).await;
    let reached = match reached {
        Ok(reached) => reached.map_err(|error| error.to_string()),
        Err(_) => Err("there was no answer in time".to_owned()),
    };
    let mut found = vec![judge(&target, reached)];
    found.extend(dns::look(sender.domain()).await);
    found
}

fn refused(found: String) -> Finding {
    Finding::problem(CHECK, found, "correct the setting")
}

fn judge(target: &MailTarget, reached: Result<(), String>) -> Finding {
    match reached {
        Ok(()) => Finding::ok(CHECK, format!("{target} takes mail")),
        Err(why) => Finding::problem(
            CHECK,
            format!("{target} takes no mail: {why}"),
            "see that it runs, that this machine may reach it, and that --mail has its way to log in; \
             mails wait in the database until then",
        ),
    }
}
