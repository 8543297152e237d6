//! x
use auth_core::session::*;
use auth_core::user::*;
use auth_core::*;
use auth_store::*;
use std::sync::Arc;
use std::time::{Duration, Instant};

fn user(n: usize) -> NewUser {
    NewUser { id: UserId::generate(), first_name: PersonName::parse("f","Ada").unwrap(), last_name: PersonName::parse("f","Lovelace").unwrap(),
        username: Username::parse("u",&format!("ada{n}")).unwrap(), email: Email::parse("e",&format!("ada{n}@example.org")).unwrap(), email_verified: true,
        password_hash: Some(PasswordHash::from_stored("$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0c2FsdA$aGFzaGhhc2hoYXNoaGFzaGhhc2hoYXNoaGFzaGhhc2g".into())), created_at: SystemClock.now() }
}

fn main() {
    let url: DatabaseUrl = std::env::args().nth(1).unwrap().parse().unwrap();
    let workers: usize = std::env::args().nth(2).unwrap().parse().unwrap();
    let conc: usize = std::env::args().nth(3).unwrap().parse().unwrap();
    let rt = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let (db, secrets) = rt.block_on(async {
        migrate::reset(&url).await.unwrap();
        let db = Database::connect(&url, &DatabaseConfig::default())
            .await
            .unwrap();
        let mut secrets = vec![];
        let now = SystemClock.now();
        let t = Instant::now();
        for n in 0..1000 {
            let new = user(n);
            match db.create(&new, Unverified::Replace, &[]).await.unwrap() {
                Created::Made { .. } => {}
                other => panic!("{other:?}"),
            }
            let secret = Secret::generate().hash();
            let s = Session {
                id: SessionId::generate(),
                user_id: new.id,
                kind: SecretKind::Cookie,
                generation: 0,
                created_at: now,
                last_seen_at: now,
                auth_time: now,
                idle: Duration::from_secs(1800),
                ends_at: now + Duration::from_secs(43200),
                remember: false,
                device: Device::new(
                    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
                    "127.0.0.1".parse().unwrap(),
                ),
                tokens_until: Timestamp::default(),
            };
            SessionStore::insert(&db, &s, &secret, 20).await.unwrap();
            secrets.push(secret);
        }
        println!("1000 create+insert: {:?}", t.elapsed());
        let t = Instant::now();
        for _ in 0..1000 {
            db.hit("k", &Rule::fixed(100000, Duration::from_secs(60)), now)
                .await
                .unwrap();
        }
        println!("1000 hits: {:?}", t.elapsed());
        (db, Arc::new(secrets))
    });
    let t = Instant::now();
    let per = std::env::args().nth(4).map_or(40_000, |s| s.parse().unwrap()) / workers / conc;
    let threads: Vec<_> = (0..workers)
        .map(|w| {
            let (db, secrets) = (db.clone(), secrets.clone());
            std::thread::spawn(move || {
                let rt = tokio::runtime::Builder::new_current_thread()
                    .enable_all()
                    .build()
                    .unwrap();
                rt.block_on(async {
                    let tasks: Vec<_> = (0..conc)
                        .map(|c| {
                            let (db, secrets) = (db.clone(), secrets.clone());
                            tokio::spawn(async move {
                                let now = SystemClock.now();
                                for n in 0..per {
                                    let f = SessionStore::find(&db, SecretKind::Cookie,
                                            &secrets[(n * 7 + c * 31 + w) % 1000],
                                            now,
                                        )
                                        .await
                                        .unwrap();
                                    assert!(f.unwrap().user.is_some());
                                }
                            })
                        })
                        .collect();
                    for t in tasks {
                        t.await.unwrap();
                    }
                });
            })
        })
        .collect();
    for t in threads {
        t.join().unwrap();
    }
    let n = per * conc * workers;
    println!(
        "{n} finds, {workers} workers x {conc}: {:.0}/s",
        n as f64 / t.elapsed().as_secs_f64()
    );
    println!(
        "rss: {}",
        std::fs::read_to_string("/proc/self/status")
            .unwrap()
            .lines()
            .find(|l| l.starts_with("VmRSS"))
            .unwrap()
    );
}
