//! Calls to one's own API.

use reqwest::{RequestBuilder, Response, StatusCode};

use super::Client;
use crate::error::Error;

impl Client {
    /// The HTTP client, to begin requests with that [`send`](Self::send) signs.
    pub fn http(&self) -> &reqwest::Client {
        &self.shared.http
    }

    /// Sends a request to one's own API with the credential as this server wants it: in the
    /// `Authorization` header, or in the cookie, which only goes to the server's own host. It
    /// is renewed before when its time is up, and after a 401 the request is sent once more with
    /// a new one, unless its body is a stream.
    ///
    /// A bearer token goes to whatever address the request names: name none but one's own.
    ///
    /// # Errors
    /// [`Error::Misplaced`] where the credential must not go, [`Error::Transport`] when there is
    /// no answer. An answer is an answer, whatever its status.
    pub async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let mut request = request.build()?;
        self.freshen().await;
        let again = request.try_clone();
        let seen = self.present(&mut request)?;
        let answer = self.shared.http.execute(request).await?;
        let Some(mut again) = again.filter(|_| self.is_to_be_renewed(&answer)) else {
            return Ok(answer);
        };
        match self.renew_unless_changed(seen).await {
            Ok(()) => {}
            Err(Error::Problem(_)) => return Ok(answer),
            Err(error) => return Err(error),
        }
        self.present(&mut again)?;
        Ok(self.shared.http.execute(again).await?)
    }

    fn is_to_be_renewed(&self, answer: &Response) -> bool {
        answer.status() == StatusCode::UNAUTHORIZED && self.can_renew()
    }
}
