//! Tokens that decide beside sessions: what keeps both from saying the same is found, and
//! nothing else is taken for it.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use auth_core::session::Revoke;
use auth_core::shadow::Shadow;
use auth_core::strategy::{Judgement, Verdict, Who};
use auth_core::{
    Clock as _, Credential, RevocationMode, Scheme, Secret, SecretText, Strategy, Transport, User,
    UserId,
};
use auth_jwt::{Algorithm, JwtFormat, KeyRing};
use auth_session::OpaqueFormat;
use tempfile::TempDir;

use crate::lab::{ACCESS_TTL, FOLLOWED, config, device, key_dir, registry, user, wait};
use crate::stores::{FakeClock, FakeStore};

/// Somebody signed in by a cookie, and tokens that decide beside, on stores and a clock of their
/// own that begin as the same.
struct Beside {
    first: Strategy,
    shadow: Shadow,
    store: Arc<FakeStore>,
    clock: Arc<FakeClock>,
    other_store: Arc<FakeStore>,
    other_clock: Arc<FakeClock>,
    keys: TempDir,
    user: User,
    credential: Credential,
}

impl Beside {
    fn new(check: RevocationMode) -> Self {
        Self::over(check, false)
    }

    /// The same, with one store for both.
    fn sharing(check: RevocationMode) -> Self {
        Self::over(check, true)
    }

    fn over(check: RevocationMode, shares: bool) -> Self {
        let (keys, clock) = (tempfile::tempdir().unwrap(), Arc::new(FakeClock::default()));
        let (store, user) = (Arc::new(FakeStore::default()), user());
        store.put_user(user.clone());
        let own = Scheme::new(Arc::new(OpaqueFormat), Transport::Cookie);
        let first = Strategy::new(registry(&store, &clock), own, RevocationMode::Checked);
        let proof = auth_core::strategy::AuthenticationEvent {
            at: clock.now(),
            remember: false,
            identity: None,
            assurance: Default::default(),
        };
        let issued = wait(first.issue(&user, proof, &device())).unwrap();
        let other_store = match shares {
            true => store.clone(),
            false => Arc::new(store.copy()),
        };
        let other_clock = Arc::new(FakeClock::default());
        let ring = KeyRing::open(&key_dir(&keys), Algorithm::EdDsa, clock.now()).unwrap();
        let format = Arc::new(JwtFormat::new(ring, config()).unwrap());
        let tokens = Scheme::new(format, Transport::Bearer);
        let second = Strategy::new(registry(&other_store, &other_clock), tokens, check);
        Self {
            shadow: Shadow::new(first.clone(), second, other_store.clone()),
            credential: Credential::Access(Transport::Cookie, issued.tokens.access),
            first,
            store,
            clock,
            other_store,
            other_clock,
            keys,
            user,
        }
    }

    fn verdict(&self) -> Verdict {
        let found = wait(self.first.authenticate(&self.credential)).unwrap();
        found.map_or(Verdict::Refused, |who| {
            Verdict::Accepted(Who {
                user: who.user_id,
                session: who.session_id,
                credentials_version: who.credentials_version,
            })
        })
    }

    fn judge(&mut self) -> Judgement {
        let verdict = self.verdict();
        wait(self.shadow.judge(&self.credential, verdict))
    }

    fn revoke(&self, store: &Arc<FakeStore>) {
        let sessions = registry(store, &self.clock);
        wait(sessions.revoke(self.user.id, Revoke::All)).unwrap();
    }

    fn advance(&self, time: Duration) {
        self.clock.advance(time);
        self.other_clock.advance(time);
    }

    fn changed(&self) -> User {
        User {
            credentials_version: self.user.credentials_version + 1,
            ..self.user.clone()
        }
    }
}

/// Plants something after both agreed, and expects that it is found.
fn is_found(what: &str, check: RevocationMode, plant: impl Fn(&mut Beside)) {
    let mut beside = Beside::new(check);
    assert_eq!(beside.judge(), Judgement::Agrees, "before {what}");
    plant(&mut beside);
    let judgement = beside.judge();
    assert!(
        matches!(judgement, Judgement::Differs { .. }),
        "{what}: {judgement:?}"
    );
}

const CHECKED: RevocationMode = RevocationMode::Checked;
const DENYLIST: RevocationMode = RevocationMode::Denylist;
const STATELESS: RevocationMode = RevocationMode::Stateless;

#[test]
fn each_planted_disagreement_is_found() {
    is_found("a clock ahead", CHECKED, |it| {
        it.other_clock.advance(ACCESS_TTL * 2)
    });
    is_found("a clock behind", STATELESS, |it| {
        it.other_clock
            .set(it.clock.now() - Duration::from_secs(3600));
    });
    is_found("lost keys", CHECKED, |it| {
        fs::remove_dir_all(key_dir(&it.keys)).unwrap();
        KeyRing::open(&key_dir(&it.keys), Algorithm::EdDsa, it.clock.now()).unwrap();
        it.advance(FOLLOWED);
    });
    is_found("a denial nobody else knows", DENYLIST, |it| {
        it.revoke(&it.other_store)
    });
    is_found("a session nobody else ended", CHECKED, |it| {
        it.revoke(&it.other_store)
    });
    is_found("a sign-out it does not hear of", STATELESS, |it| {
        it.revoke(&it.store)
    });
    is_found("a sign-out that did not reach its store", CHECKED, |it| {
        it.revoke(&it.store)
    });
    is_found("other credentials", CHECKED, |it| {
        it.other_store.put_user(it.changed())
    });
    is_found("other credentials with a denylist", DENYLIST, |it| {
        it.other_store.put_user(it.changed());
    });
    is_found("a deleted user", STATELESS, |it| {
        it.other_store.forget_users()
    });
    is_found("a disabled user", CHECKED, |it| {
        let disabled = true;
        it.other_store.put_user(User {
            disabled,
            ..it.user.clone()
        });
    });
    is_found("somebody else's session", DENYLIST, |it| {
        it.other_store
            .change_sessions(|session| session.user_id = UserId::generate());
    });
    is_found("a session that was idle too long", CHECKED, |it| {
        let long_ago = it.clock.now() - Duration::from_secs(3600);
        it.other_store
            .change_sessions(|session| session.last_seen_at = long_ago);
    });
    is_found("another version of the session", CHECKED, |it| {
        it.other_store
            .change_sessions(|session| session.credentials_version += 1);
    });
}

#[test]
fn what_both_see_alike_is_no_disagreement() {
    for check in [CHECKED, DENYLIST, STATELESS] {
        let mut beside = Beside::sharing(check);
        for _ in 0..20 {
            assert_eq!(beside.judge(), Judgement::Agrees, "{check}");
            // Tokens are renewed in good time, and a session that is used goes on.
            beside.advance(ACCESS_TTL / 4);
        }
    }
    let changes: [fn(&Beside); 4] = [
        |it| it.revoke(&it.store),
        |it| it.store.put_user(it.changed()),
        |it| it.store.forget_users(),
        |it| it.store.forget_sessions(),
    ];
    for (n, change) in changes.iter().enumerate() {
        for check in [CHECKED, DENYLIST] {
            let mut beside = Beside::sharing(check);
            assert_eq!(beside.judge(), Judgement::Agrees);
            change(&beside);
            assert_eq!(beside.judge(), Judgement::Agrees, "{n} {check}");
        }
    }
}

#[test]
fn a_change_right_after_the_decision_is_no_disagreement() {
    let mut beside = Beside::sharing(CHECKED);
    let before = beside.verdict();
    assert_eq!(beside.judge(), Judgement::Agrees);
    beside.revoke(&beside.store);
    let judgement = wait(beside.shadow.judge(&beside.credential, before));
    assert_ne!(
        std::mem::discriminant(&judgement),
        std::mem::discriminant(&differs())
    );
}

fn differs() -> Judgement {
    Judgement::Differs {
        first: Verdict::Refused,
        second: Verdict::Refused,
    }
}

#[test]
fn what_can_not_be_told_is_said_to_be_so() {
    let mut beside = Beside::new(CHECKED);
    let stranger = Secret::generate().reveal();
    let stranger = Credential::Access(Transport::Cookie, SecretText::new(stranger));
    let judgement = wait(beside.shadow.judge(&stranger, Verdict::Refused));
    assert_eq!(judgement, Judgement::Unknown);
    assert_eq!(beside.judge(), Judgement::Agrees);
    beside.other_store.down.store(true, Ordering::SeqCst);
    assert_eq!(beside.judge(), Judgement::Unknown);
}

/// It has expired or was replaced, as what the second would have handed out has.
#[test]
fn a_credential_that_is_merely_old_is_no_disagreement() {
    let mut beside = Beside::sharing(CHECKED);
    assert_eq!(beside.judge(), Judgement::Agrees);
    let judgement = wait(beside.shadow.judge(&beside.credential, Verdict::Refused));
    assert_eq!(judgement, Judgement::Unknown);
}

#[test]
fn the_second_strategy_changes_nothing() {
    let mut beside = Beside::sharing(CHECKED);
    let before = wait(beside.first.sessions().list(&beside.user)).unwrap();
    beside.advance(ACCESS_TTL);
    for _ in 0..3 {
        let verdict = Verdict::Accepted(Who {
            user: beside.user.id,
            session: before[0].id,
            credentials_version: 0,
        });
        let judgement = wait(beside.shadow.judge(&beside.credential, verdict));
        assert_eq!(judgement, Judgement::Agrees);
    }
    assert_eq!(
        wait(beside.first.sessions().list(&beside.user)).unwrap(),
        before
    );
}
