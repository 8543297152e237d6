//! What the time of an answer gives away. Samples are taken in turns, so that whatever
//! slows the machine down slows both kinds down alike.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::Instant;

use crate::account::{Person, new_password};
use crate::case::cases;
use crate::client::Client;
use crate::target::Target;

cases! { "timing":
    an_unknown_account_takes_as_long_as_a_wrong_password,
    sign_ups_take_as_long_as_an_address_has_none [VerificationRequired],
    an_unknown_address_takes_as_long_to_forget_as_a_known_one,
}

/// Rounds before a difference is believed.
const ROUNDS: usize = 3;
/// Devices per round, and calls of each kind per device: few enough for every limit.
const DEVICES: usize = 15;
const CALLS: usize = 4;

#[derive(Default)]
struct Samples {
    known: Vec<Duration>,
    unknown: Vec<Duration>,
}

fn median(samples: &mut [Duration]) -> Duration {
    samples.sort();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

impl Samples {
    /// The medians, when they differ by more than noise does.
    fn difference(&mut self) -> Option<(Duration, Duration)> {
        let (known, unknown) = (median(&mut self.known), median(&mut self.unknown));
        let tolerated = Duration::from_millis(5).max(known.max(unknown) / 4);
        (known.abs_diff(unknown) > tolerated).then_some((known, unknown))
    }
}

/// A device whose connection stands already.
async fn warm(target: &Target) -> Result<Client> {
    let client = target.client().await?;
    client.get("/strategy").await?.ok()?;
    Ok(client)
}

async fn timed<T>(call: impl Future<Output = Result<T>>) -> Result<Duration> {
    let begin = Instant::now();
    call.await?;
    Ok(begin.elapsed())
}

async fn an_unknown_account_takes_as_long_as_a_wrong_password(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    let mut found = None;
    for _ in 0..ROUNDS {
        found = sign_ins(target, &ada).await?.difference();
        if found.is_none() {
            return Ok(());
        }
    }
    bail!("a wrong password and an unknown account take {found:?}")
}

/// However many sign-ups wait for an address, and whether or not it has an account.
async fn sign_ups_take_as_long_as_an_address_has_none(target: &Target) -> Result<()> {
    let ada = target.signed_up("ada").await?.person;
    for _ in 0..10 {
        let eve = Person {
            email: ada.email.clone(),
            ..Person::new("eve")
        };
        target.registered(&eve).await?;
    }
    let by_address = Person {
        username: ada.email.clone(),
        ..ada
    };
    let mut found = None;
    for _ in 0..ROUNDS {
        found = sign_ins(target, &by_address).await?.difference();
        if found.is_none() {
            return Ok(());
        }
    }
    bail!("an address with sign-ups and one without take {found:?}")
}

async fn sign_ins(target: &Target, ada: &Person) -> Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..DEVICES {
        let client = warm(target).await?;
        for _ in 0..CALLS {
            let (nobody, wrong) = (Person::new("ada"), new_password());
            let known = client.login(&ada.username, &wrong);
            samples
                .known
                .push(timed(async { known.await?.is(401) }).await?);
            let unknown = client.login(&nobody.username, &wrong);
            samples
                .unknown
                .push(timed(async { unknown.await?.is(401) }).await?);
        }
        // Forgives the account's failures before they count.
        client.login(&ada.username, &ada.password).await?.ok()?;
    }
    Ok(samples)
}

async fn an_unknown_address_takes_as_long_to_forget_as_a_known_one(target: &Target) -> Result<()> {
    let mut found = None;
    for _ in 0..ROUNDS {
        found = forgets(target).await?.difference();
        if found.is_none() {
            return Ok(());
        }
    }
    bail!("a known and an unknown address take {found:?}")
}

/// Each address is asked for twice only: a mailbox that has had its share is answered
/// faster, whether it is known or not.
async fn forgets(target: &Target) -> Result<Samples> {
    let mut samples = Samples::default();
    for _ in 0..DEVICES {
        let (ada, nobody) = (Person::new("ada"), Person::new("ada"));
        target.confirmed(&ada).await?;
        let client = warm(target).await?;
        for _ in 0..2 {
            let known = client.forgot(&ada.email);
            samples
                .known
                .push(timed(async { known.await?.is(202) }).await?);
            let unknown = client.forgot(&nobody.email);
            samples
                .unknown
                .push(timed(async { unknown.await?.is(202) }).await?);
        }
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_than_noise_is_a_difference() {
        let ms = Duration::from_millis;
        let samples = |known, unknown| Samples {
            known: vec![ms(known); 9],
            unknown: vec![ms(unknown); 9],
        };
        assert_eq!(samples(10, 14).difference(), None);
        assert_eq!(samples(100, 124).difference(), None);
        assert_eq!(samples(20, 1).difference(), Some((ms(20), ms(1))));
    }
}
