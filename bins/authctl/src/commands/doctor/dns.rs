//! What DNS says of the domain that mails come from.

use std::time::Duration;

use hickory_resolver::net::NetError;
use hickory_resolver::proto::rr::{RData, Record, RecordType};
use hickory_resolver::{ResolverBuilder, TokioResolver};
use tokio::time::timeout;

use super::finding::Finding;

const CHECK: &str = "mail domain";

const PATIENCE: Duration = Duration::from_secs(5);

/// The records that receivers look at; `None` where DNS did not answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Records {
    /// Whether answers and bounces get anywhere (RFC 5321, 5.1).
    takes_mail: Option<bool>,
    /// Whether it says who may send (SPF, RFC 7208).
    names_senders: Option<bool>,
    /// Whether it says what becomes of others (DMARC, RFC 7489).
    has_policy: Option<bool>,
}

/// Asks the resolvers of this machine. DKIM (RFC 6376) is between the mail server and its
/// receivers: its records have names that only they know.
pub async fn look(domain: &str) -> Vec<Finding> {
    if domain == "localhost" || domain.ends_with(".localdomain") {
        return vec![];
    }
    vec![judge(domain, records(domain).await)]
}

async fn records(domain: &str) -> Records {
    let resolver = TokioResolver::builder_tokio().and_then(ResolverBuilder::build);
    let Ok(resolver) = resolver else {
        return Records::default();
    };
    let (domain, policy) = (format!("{domain}."), format!("_dmarc.{domain}."));
    let mail = ask(&resolver, &domain, RecordType::MX).await;
    // Without an MX record mail goes to the host itself.
    let host = ask(&resolver, &domain, RecordType::A).await;
    Records {
        takes_mail: mail.zip(host).map(|(mail, host)| takes_mail(&mail, &host)),
        names_senders: says(&ask(&resolver, &domain, RecordType::TXT).await, "v=spf1"),
        has_policy: says(&ask(&resolver, &policy, RecordType::TXT).await, "v=DMARC1"),
    }
}

/// The records of a name: none where there are none, nothing where DNS does not say.
async fn ask(resolver: &TokioResolver, name: &str, kind: RecordType) -> Option<Vec<RData>> {
    let data = |record: &Record| record.data.clone();
    match timeout(PATIENCE, resolver.lookup(name, kind)).await {
        Ok(Ok(answer)) => Some(answer.answers().iter().map(data).collect()),
        Ok(Err(error)) => NetError::is_no_records_found(&error).then(Vec::new),
        Err(_) => None,
    }
}

fn takes_mail(mail: &[RData], host: &[RData]) -> bool {
    let exchanges: Vec<_> = mail
        .iter()
        .filter_map(|record| match record {
            RData::MX(mx) => Some(&mx.exchange),
            _ => None,
        })
        .collect();
    match exchanges.is_empty() {
        true => !host.is_empty(),
        // A root as the only exchange refuses all mail (RFC 7505).
        false => exchanges.iter().any(|exchange| !exchange.is_root()),
    }
}

fn says(records: &Option<Vec<RData>>, version: &str) -> Option<bool> {
    let mut texts = records.as_ref()?.iter().filter_map(|record| match record {
        RData::TXT(text) => Some(text.txt_data.concat()),
        _ => None,
    });
    Some(texts.any(|text| text.starts_with(version.as_bytes())))
}

fn judge(domain: &str, records: Records) -> Finding {
    if records == Records::default() {
        let found = format!("DNS does not answer here, so {domain} was not looked up");
        return Finding::ok(CHECK, found);
    }
    let lacks = [
        (
            records.takes_mail,
            "a host that takes answers and bounces (MX)",
        ),
        (records.names_senders, "a list of who may send for it (SPF)"),
        (records.has_policy, "a policy for mail of others (DMARC)"),
    ];
    let lacks = lacks.iter().filter(|(found, _)| *found == Some(false));
    let lacks: Vec<_> = lacks.map(|(_, what)| *what).collect();
    match lacks.is_empty() {
        true => Finding::ok(
            CHECK,
            format!(
                "{domain} has what receivers look for in DNS; whether mails are signed (DKIM) shows in one that was received"
            ),
        ),
        false => Finding::warning(
            CHECK,
            format!("{domain} lacks {}", lacks.join(", ")),
            "add the records that your mail provider names, those of DKIM too: without them mail \
             ends up as spam",
        ),
    }
}

#[cfg(test)]
mod tests {
    use hickory_resolver::proto::rr::Name;
    use hickory_resolver::proto::rr::rdata::{MX, TXT};

    use super::super::finding::Level;
    use super::*;

    #[test]
    fn what_a_domain_lacks_is_named() {
        let records = |spf| Records {
            takes_mail: Some(true),
            names_senders: spf,
            has_policy: Some(true),
        };
        assert_eq!(judge("example.org", records(Some(true))).level, Level::Ok);
        assert_eq!(judge("example.org", records(None)).level, Level::Ok);
        let lacking = judge("example.org", records(Some(false)));
        assert_eq!(lacking.level, Level::Warning);
        assert!(lacking.found.contains("SPF"), "{lacking:?}");
        assert_eq!(judge("example.org", Records::default()).level, Level::Ok);
    }

    #[test]
    fn records_are_read() {
        let text = |text: &str| RData::TXT(TXT::new(vec![text.to_owned()]));
        let texts = Some(vec![text("other"), text("v=spf1 -all")]);
        assert_eq!(says(&texts, "v=spf1"), Some(true));
        assert_eq!(says(&Some(vec![]), "v=spf1"), Some(false));
        assert_eq!(says(&None, "v=spf1"), None);
        let exchange = |name: &str| RData::MX(MX::new(0, Name::from_ascii(name).unwrap()));
        assert!(takes_mail(&[exchange("mail.example.org.")], &[]));
        assert!(!takes_mail(&[exchange(".")], &[text("host")]));
        assert!(takes_mail(&[], &[text("host")]));
        assert!(!takes_mail(&[], &[]));
    }
}
