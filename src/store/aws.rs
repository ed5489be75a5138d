//! Answers from AWS: SSM Parameter Store, Secrets Manager and S3.
//!
//! Only this folder names a crate of the SDK. It decides how questions become the fewest
//! requests, which of them run side by side, and what happens when one is refused.

mod credentials;
mod endpoint;
mod error;
mod http;
mod retry;
mod services;
mod session;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::future::join_all;

use crate::error::{Diagnostic, ErrorKind};
use crate::plan::Answers;
use crate::process;
use crate::request::{Location, Question};
use retry::Retrier;
use services::{s3, secrets_manager, ssm};
use session::{Client, Session};

/// The questions that one client can answer, and their answers.
type Answered = Vec<(Question, Result<crate::request::Answer, Diagnostic>)>;

/// A connection to AWS, opened when the first question is asked.
pub(crate) struct Aws {
    runtime: Result<tokio::runtime::Runtime, std::io::Error>,
    retrier: Retrier,
    session: Option<Session>,
}

impl Aws {
    /// Nothing is sent yet; `timeout` for everything begins now.
    pub(crate) fn new(timeout: Duration) -> Self {
        process::prepare_for_aws();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        Self {
            runtime,
            retrier: Retrier::new(timeout),
            session: None,
        }
    }

    /// How many requests were sent.
    pub(crate) fn calls(&self) -> u32 {
        self.retrier.sent()
    }

    /// Answers every question, be it with a fault.
    pub(crate) fn answer(&mut self, questions: Vec<Question>) -> Answers {
        let Self {
            runtime,
            retrier,
            session,
        } = self;
        match runtime {
            Ok(runtime) => {
                runtime.block_on(retrier.report_progress(answer(questions, retrier, session)))
            }
            Err(error) => {
                let diagnostic = Diagnostic::new(
                    ErrorKind::Unavailable,
                    format!(
                        "cannot wait for AWS, {}",
                        crate::input::sources::reason(error)
                    ),
                    "raise the limits on open files and memory",
                );
                all_with(questions, &diagnostic).into_iter().collect()
            }
        }
    }
}

async fn answer(
    questions: Vec<Question>,
    retrier: &Retrier,
    session: &mut Option<Session>,
) -> Answers {
    let needs_region = questions
        .iter()
        .any(|question| question.location().region.is_none());
    let session = match Session::opened(session, needs_region, retrier).await {
        Ok(session) => session,
        Err(diagnostic) => return all_with(questions, &diagnostic).into_iter().collect(),
    };
    // Whoever says the current region asks what others ask without a word.
    let default_region = session.default_region();
    let normalize_region = |question: &Question| question.clone().normalize_region(default_region);
    let mut seen = BTreeSet::new();
    let distinct = questions.iter().map(normalize_region);
    let distinct = distinct
        .filter(|question| seen.insert(question.clone()))
        .collect();
    let answered = by_location(distinct)
        .into_iter()
        .map(|(location, questions)| async move {
            match session.client(&location, &questions, retrier).await {
                Ok(client) => ask(client, questions, retrier).await,
                Err(diagnostic) => all_with(questions, &diagnostic),
            }
        });
    let answered: Answers = join_all(answered).await.into_iter().flatten().collect();
    let answer_to = |question: Question| {
        let answer = answered
            .get(&question.clone().normalize_region(default_region))
            .cloned();
        Some((question, answer?))
    };
    questions.into_iter().filter_map(answer_to).collect()
}

/// Asks everything of one scope side by side; how many requests are under way at once is for
/// [`Retrier`] to bound.
async fn ask(client: Client, questions: Vec<Question>, retrier: &Retrier) -> Answered {
    let (parameters, others): (Vec<_>, Vec<_>) = questions
        .into_iter()
        .partition(|question| matches!(question, Question::Parameter { .. }));
    let batches = ssm::batches(parameters);
    let batches = join_all(
        batches
            .into_iter()
            .map(|batch| ssm::ask(&client, batch, retrier)),
    );
    let others = join_all(
        others
            .into_iter()
            .map(|question| one(&client, question, retrier)),
    );
    let (batches, others) = futures_util::future::join(batches, others).await;
    batches.into_iter().flatten().chain(others).collect()
}

async fn one(
    client: &Client,
    question: Question,
    retrier: &Retrier,
) -> (Question, Result<crate::request::Answer, Diagnostic>) {
    let answer = match &question {
        Question::Path { path, .. } => ssm::below(client, &question, path, retrier).await,
        Question::Secret { .. } => secrets_manager::ask(client, &question, retrier).await,
        Question::Object { .. } => s3::ask(client, &question, retrier).await,
        Question::Parameter { .. } => unreachable!("parameters are asked in batches"),
    };
    (question, answer)
}

fn by_location(questions: Vec<Question>) -> BTreeMap<Location, Vec<Question>> {
    let mut locations: BTreeMap<Location, Vec<Question>> = BTreeMap::new();
    for question in questions {
        locations
            .entry(question.location().clone())
            .or_default()
            .push(question);
    }
    locations
}

fn all_with(questions: Vec<Question>, diagnostic: &Diagnostic) -> Answered {
    questions
        .into_iter()
        .map(|question| (question, Err(diagnostic.clone())))
        .collect()
}
