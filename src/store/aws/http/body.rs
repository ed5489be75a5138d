//! The body of an answer, bounded in size and in how long it may say nothing.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_smithy_runtime_api::box_error::BoxError;
use http_body_util::Limited;
use hyper::body::{Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep};

use super::{LARGEST_ANSWER, SILENCE_TIMEOUT, Silence};

pub(super) struct Body {
    body: Limited<Incoming>,
    silence: Pin<Box<Sleep>>,
}

impl Body {
    pub(super) fn new(body: Incoming) -> Self {
        Self {
            body: Limited::new(body, LARGEST_ANSWER),
            silence: Box::pin(sleep(SILENCE_TIMEOUT)),
        }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            let end = Instant::now() + SILENCE_TIMEOUT;
            self.silence.as_mut().reset(end);
            return Poll::Ready(frame);
        }
        ready!(self.silence.as_mut().poll(context));
        Poll::Ready(Some(Err(Silence(SILENCE_TIMEOUT).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
