//! Keys that are given by file.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use auth_core::{Credential, RevocationMode, SecretText, Timestamp, Transport};
use auth_jwt::{Algorithm, KeyError, KeyRing};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use tempfile::TempDir;

use crate::forge::key_files;
use crate::lab::{Lab, chmod, config, device, registry, strategy, tokens, wait};

const NOW: Timestamp = Timestamp::from_millis(1_900_000_000_000);

fn file_with(text: &str) -> (TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("key.pem");
    fs::write(&path, text).unwrap();
    chmod(&path, 0o600);
    (dir, path)
}

fn refusal(text: &str, algorithm: Algorithm) -> String {
    let (_dir, path) = file_with(text);
    KeyRing::from_file(&path, algorithm)
        .unwrap_err()
        .to_string()
}

/// The private key of RFC 8037, appendix A.1, in the form of RFC 8410.
fn rfc_8037_key() -> String {
    let seed = URL_SAFE_NO_PAD
        .decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A")
        .unwrap();
    let prefix = b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";
    let der = STANDARD.encode([&prefix[..], &seed].concat());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

#[test]
fn the_id_of_a_public_key_is_its_thumbprint() {
    let (_dir, path) = file_with(&rfc_8037_key());
    let ring = KeyRing::from_file(&path, Algorithm::EdDsa).unwrap();
    let jwk = &ring.jwks(NOW)["keys"][0];
    // RFC 8037, appendices A.2 and A.3.
    assert_eq!(jwk["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    assert_eq!(jwk["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

#[test]
fn servers_given_the_same_file_believe_each_other_and_nobody_else() {
    for algorithm in Algorithm::ALL {
        let lab = Lab::new(algorithm);
        let server = |path: &PathBuf| {
            let ring = KeyRing::from_file(path, algorithm).unwrap();
            let mode = RevocationMode::Stateless;
            strategy(registry(&lab.store, &lab.clock), ring, config(), mode)
        };
        let file = key_files(&lab.key_dir()).remove(0);
        let copy = lab.dir.path().join("copy");
        fs::copy(&file, &copy).unwrap();
        let stranger_lab = Lab::new(algorithm);
        let stranger = key_files(&stranger_lab.key_dir()).remove(0);

        let issued = wait(server(&file).issue(&lab.user, lab.proof(), &device())).unwrap();
        let credential =
            Credential::Access(Transport::Bearer, SecretText::new(tokens(issued).access));
        let believes = |path| {
            wait(server(path).authenticate(&credential))
                .unwrap()
                .is_some()
        };
        assert!(believes(&copy), "{algorithm}");
        assert!(!believes(&stranger), "{algorithm}");
    }
}

#[test]
fn a_given_secret_has_an_id_that_does_not_depend_on_it() {
    let kid = || {
        let lab = Lab::new(Algorithm::Hs256);
        let file = key_files(&lab.key_dir()).remove(0);
        let ring = KeyRing::from_file(&file, Algorithm::Hs256).unwrap();
        ring.list(NOW).unwrap().remove(0).kid
    };
    assert_eq!(kid(), kid());
}

#[test]
fn a_file_that_others_can_read_is_refused_with_the_remedy() {
    let (_dir, path) = file_with(&rfc_8037_key());
    for exposed in [0o640, 0o604, 0o644, 0o660, 0o777] {
        chmod(&path, exposed);
        let error = KeyRing::from_file(&path, Algorithm::EdDsa)
            .unwrap_err()
            .to_string();
        assert!(
            error.contains(&format!("chmod 600 {}", path.display())),
            "{error}"
        );
    }
}

#[test]
fn a_weak_secret_is_refused_with_the_remedy() {
    let random: Vec<u8> = (0..31).map(|n| n * 7).collect();
    for (secret, fault) in [
        (STANDARD.encode(random), "less than 32 bytes"),
        (String::new(), "less than 32 bytes"),
        (STANDARD.encode([0; 32]), "not random"),
        ("changeme".repeat(8), "not random"),
        (
            "correct horse battery staple, and some more".into(),
            "no secret in base64",
        ),
    ] {
        let error = refusal(&secret, Algorithm::Hs256);
        assert!(error.contains(fault), "{error}");
        assert!(error.contains("openssl rand -base64 32 >"), "{error}");
        assert!(secret.is_empty() || !error.contains(&secret), "{error}");
    }
}

#[test]
fn a_mark_before_a_secret_is_refused_with_the_remedy() {
    let marked = |algorithm| {
        let lab = Lab::new(algorithm);
        let key = fs::read_to_string(key_files(&lab.key_dir()).remove(0)).unwrap();
        file_with(&format!("\u{feff}{key}"))
    };
    let (_dir, path) = marked(Algorithm::Hs256);
    let error = KeyRing::from_file(&path, Algorithm::Hs256).unwrap_err();
    let error = error.to_string();
    // The key is good: a new one would sign everybody out.
    assert!(error.contains("save it as UTF-8 without one"), "{error}");
    assert!(!error.contains("openssl"), "{error}");

    // What stands before PEM is no part of it (RFC 7468, 2).
    let (_dir, path) = marked(Algorithm::EdDsa);
    KeyRing::from_file(&path, Algorithm::EdDsa).unwrap();
}

/// An RSA key of 1024 bits, as PKCS#8.
const SHORT_RSA_KEY: &str = "\
    MIICdgIBADANBgkqhkiG9w0BAQEFAASCAmAwggJcAgEAAoGBAL04YLxddaec5CMF\n\
    YJVbqKNowHBEMX6avtW6r0grFkl99eETiCacIinBO7apFeuk55K4F4/2TXAOysrE\n\
    fh2MlMdGA2mGRVEuNKRePRHmac8X6EVe5e/DGXmitkWnhjQWSP4rJ0gRY2j/uZFs\n\
    HfxwHSt54rxde4cTbP7+YZstKJ11AgMBAAECgYAfSHndyonQG0UwcQwlxVCdK41d\n\
    Qjj4mHbieQnPoaf+oH+NJaCF2ZxgUN0hdtTz74CFpj/nAi6NTzTBzziWhA54ltKM\n\
    Ak9PunXBreIF3wTe8aGoTkylTgxbZf74hxxuV7z2TOGEx2U27CbmDO87DQfkuKVV\n\
    RzedEAPptOExDu2RRQJBAOITCyZfBOL5L4wmIkMTcddubkKr4VNgiZys5bZe9zW6\n\
    eHrJjGtbLKCtmMxtK4pSxGf+DRcX3UYjB/aMXRaAObsCQQDWRHYrpwYOSVJ5rxO3\n\
    NsCFbej5MFrgnu/rtQ+PgNhE0rWPq6PDeMOs2uqd6XlmcRMD87acKIqlgFx3f0na\n\
    HDqPAkEAkWOT4RpshxegB26izCZeKSDA0im9oCROe68JkA5kx23je3vQzV32RmM+\n\
    CAIRZUSzQPm2K2rSh/+RaHJ+jzDpbwJAWEOpfj/2kaoIrJG/iGiolA57uzL9LKys\n\
    Xqeeeln0PR2jp0RoWJyF1s3zegt0dAu+bpFVtyxIOPcQoDUyQgQA5wJACuSpLKTy\n\
    MfEkFo6hlD8YwVJ2S7JphKvYNDKYFeduwMoiWhHhxsS7JlMspUJJ7YsDewnHfpS6\n\
    P0PbJaKOBQLYbQ==\n";

#[test]
fn a_short_rsa_key_is_refused_with_the_remedy() {
    let text = format!("-----BEGIN PRIVATE KEY-----\n{SHORT_RSA_KEY}-----END PRIVATE KEY-----\n");
    let error = refusal(&text, Algorithm::Rs256);
    assert!(error.contains("2048 bits or more"), "{error}");
    assert!(error.contains("rsa_keygen_bits:2048 >"), "{error}");
}

#[test]
fn a_file_without_the_wanted_key_is_refused_with_the_remedy() {
    let key_of = |algorithm| {
        let lab = Lab::new(algorithm);
        fs::read_to_string(key_files(&lab.key_dir()).remove(0)).unwrap()
    };
    let public = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n";
    let truncated = rfc_8037_key().replace("MC4C", "");
    for (text, algorithm) in [
        (key_of(Algorithm::Es256), Algorithm::EdDsa),
        (key_of(Algorithm::EdDsa), Algorithm::Es256),
        (key_of(Algorithm::Hs256), Algorithm::EdDsa),
        (key_of(Algorithm::EdDsa), Algorithm::Hs256),
        (public.to_owned(), Algorithm::EdDsa),
        (truncated, Algorithm::EdDsa),
        (String::new(), Algorithm::EdDsa),
        ("-----BEGIN PRIVATE KEY-----".to_owned(), Algorithm::Es256),
    ] {
        let error = refusal(&text, algorithm);
        assert!(error.contains("make a new key with `openssl"), "{error}");
    }
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("missing.pem");
    let error = KeyRing::from_file(&path, Algorithm::EdDsa).unwrap_err();
    assert!(error.to_string().contains("missing.pem"), "{error}");
}

#[test]
fn a_given_key_is_changed_by_changing_the_file() {
    let (_dir, path) = file_with(&rfc_8037_key());
    let ring = Arc::new(KeyRing::from_file(&path, Algorithm::EdDsa).unwrap());
    let kid = ring.list(NOW).unwrap().remove(0).kid;
    for refused in [
        ring.rotate(NOW).unwrap_err(),
        ring.retire(&kid, NOW).unwrap_err(),
    ] {
        assert!(matches!(refused, KeyError::Given { .. }), "{refused}");
    }
}
