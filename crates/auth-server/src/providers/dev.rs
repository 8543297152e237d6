//! The built-in provider, which signs anybody in as anybody.

use super::{Opened, Opener};
use crate::pages::Routes;
use crate::settings::ProviderSpec;

#[cfg(not(feature = "dev-provider"))]
impl Opener<'_> {
    /// Refuses it: it is not built in.
    #[allow(clippy::unused_self, reason = "it is used where there is one")]
    pub(super) fn dev(&self, _: &ProviderSpec, _: &mut Option<Routes>) -> Opened {
        anyhow::bail!("this build has no development provider: name another one")
    }
}

#[cfg(feature = "dev-provider")]
mod built_in {
    use std::sync::Arc;

    use anyhow::ensure;
    use auth_core::{Secret, SecretText};
    use auth_dev_provider::{Client, Config, DevProvider};
    use auth_http::TrustedOrigin;
    use auth_oauth::OidcConfig;
    use url::Url;

    use super::{Opened, Opener, ProviderSpec, Routes};
    use crate::settings::Environment;

    /// Where it lives.
    const DEV_PATH: &str = "/dev/provider";

    impl Opener<'_> {
        /// The built-in provider, which this server serves itself.
        pub(in crate::providers) fn dev(
            &self,
            spec: &ProviderSpec,
            served: &mut Option<Routes>,
        ) -> Opened {
            ensure!(
                self.settings.env == Environment::Development,
                "it signs anybody in as anybody, so it is for development only"
            );
            ensure!(
                self.settings.is_on_this_machine(),
                "it signs anybody in as anybody, so it is served to this machine only: leave --bind \
                 and --public-url on localhost, or name another provider"
            );
            let (callback, secret) = (self.callback(spec)?, Secret::generate().reveal());
            let issuer = format!("{}{DEV_PATH}", self.http.origin());
            let location = Url::parse(&issuer)?;
            let client = Client {
                return_origins: exact(&self.http.trusted_origins.get()),
                ..Client::confidential("dev", secret.clone(), [callback.clone()])
            };
            let provider = DevProvider::new(Config {
                clients: vec![client],
                ..Config::new(location)
            })?;
            let routes = provider.routes();
            *served = Some(Arc::new(move |app| routes.clone()(app)));
            let (id, name) = (spec.id()?, "Development provider");
            let config =
                OidcConfig::new(id, name, issuer, "dev", SecretText::new(secret), callback);
            self.connect(spec, config)
        }
    }

    /// The origins that the development provider may lead to.
    fn exact(trusted: &[TrustedOrigin]) -> Vec<String> {
        let exact = trusted.iter().filter_map(TrustedOrigin::exact);
        exact.map(str::to_owned).collect()
    }
}
