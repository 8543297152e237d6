//! TLS to providers.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, Error, RootCertStore};

/// TLS 1.2 and 1.3, to servers that an authority vouches for.
pub(super) fn config() -> Result<ClientConfig, Error> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots())
        .with_no_client_auth())
}

/// The public authorities, and those that this machine trusts besides: a company's own.
fn roots() -> RootCertStore {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    // A machine without a store, or with certificates that can't be read, has the public ones.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}
