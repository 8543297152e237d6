//! Whom TLS connections trust, be they to PostgreSQL, Redis, a mail server or a provider: the
//! authorities that the machine trusts, and nobody else.
//!
//! `SSL_CERT_FILE` and `SSL_CERT_DIR` name others in their place, as they do for OpenSSL.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

/// The machine trusts nobody, so no server can prove itself.
#[derive(Clone, Debug, thiserror::Error)]
#[error(
    "this machine has no certificates of authorities{0}; install the package ca-certificates, \
     or name a file of them in SSL_CERT_FILE"
)]
pub struct NoAuthorities(String);

/// The certificates of the authorities that the machine trusts, as far as they are understood.
///
/// # Errors
/// When there are none that can be read.
pub fn authorities() -> Result<Vec<CertificateDer<'static>>, NoAuthorities> {
    let mut found = rustls_native_certs::load_native_certs();
    let mut roots = RootCertStore::empty();
    found.certs.retain(|one| roots.add(one.clone()).is_ok());
    if !found.certs.is_empty() {
        return Ok(found.certs);
    }
    let cause = found.errors.first();
    let cause = cause.map(|cause| format!(" that can be read ({cause})"));
    Err(NoAuthorities(cause.unwrap_or_default()))
}

/// The same, as `rustls` takes them.
///
/// # Errors
/// As [`authorities`].
pub fn roots() -> Result<RootCertStore, NoAuthorities> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(authorities()?);
    Ok(roots)
}

/// How clients speak TLS 1.2 and 1.3 with servers that an authority vouches for.
///
/// # Errors
/// As [`authorities`].
pub fn client() -> Result<ClientConfig, NoAuthorities> {
    client_of(roots()?)
}

/// The same with authorities of one's own.
///
/// # Errors
/// When the cryptography has no version of TLS in common with this crate.
pub fn client_of(roots: RootCertStore) -> Result<ClientConfig, NoAuthorities> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let versions = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| NoAuthorities(format!(" for its TLS ({error})")))?;
    Ok(versions.with_root_certificates(roots).with_no_client_auth())
}
