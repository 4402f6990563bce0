//! A question answered: the engine computes on its own threads, this one keeps the time and writes.

use std::io::Write;
use std::ops::ControlFlow;
use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use accord_logstore::{ColumnFiles, PackedColumns, SegmentId};
use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::error::ArrowError;
use datafusion::execution::SessionState;
use datafusion::execution::context::SQLOptions;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::{FutureExt, StreamExt};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::gate::{self, Asks};
use super::logs::Store;
use super::parameters::Parameters;
use super::{failure, metrics, schema, session};
use crate::error::{Error, Kind};
use crate::limits::Limits;
use crate::outcome::{Checked, MAX_NOT_COVERED_NAMED, NotCovered, Outcome, Progress};
use crate::question::{Indicator, Question};
use crate::render::{Writing, columns};

/// How often the caller is told how it goes, and asked whether to go on.
const TICK: Duration = Duration::from_millis(100);
/// The stack of a computing thread: what a statement of the greatest depth takes, several times over.
const STACK_BYTES: usize = 64 << 20;
/// Threads beside the computing ones, for temporary files.
const SPILLING_THREADS: usize = 2;
/// Batches of rows that wait to be written.
const WAITING_BATCHES: usize = 2;

/// What the computing side sends. It says no more after an error.
enum Sent {
    Begin(Arc<dyn ExecutionPlan>, Asks),
    Rows(RecordBatch),
    End,
    Failed(Error),
}

/// Answers a question to a store. The rows are written to `sink`; `watch` is told how it goes and can stop it.
///
/// For a question that does not come from this very program call [`crate::Worker::ask`]: the engine does not count all of
/// the memory that it takes.
///
/// # Errors
/// See [`Kind`]. What was written before is a part of the answer and no more.
pub fn answer(
    question: &Question,
    indicators: Option<Vec<Indicator>>,
    sink: &mut dyn Write,
    watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
) -> Result<Outcome, Error> {
    question.check()?;
    let failed = |error: ArrowError| failure::of(&error.into(), &question.limits);
    // As rows of a table they take less.
    let indicators = indicators.map(|rows| schema::indicators(&rows));
    let answering = Answering::new(question, indicators.transpose().map_err(failed)?)?;
    let mut writing = Writing::new(question.format, &question.limits, sink);
    let store = answering.store(PackedColumns::of_store(&question.store))?;
    let told = answering.attempt(&store, &mut writing, watch);
    match told {
        // A pack that cannot be read, or was taken away, is no loss: its segments have their own columns.
        Err(error) if error.kind == Kind::Store && store.is_packed() && writing.bytes() == 0 => {
            let own = ColumnFiles::of_store(&question.store);
            let store = answering.store(own.map(|own| PackedColumns {
                packs: Vec::new(),
                own,
            }))?;
            answering.attempt(&store, &mut writing, watch)
        }
        told => told,
    }
}

/// Says what the answer to a question would be like, and what its parameters are. Nothing is read but the names of the
/// sources; what the statement computes from constants is computed, so that the same holds as for [`answer`].
///
/// # Errors
/// Why the statement cannot be asked: see [`Kind`].
pub fn check(question: &Question) -> Result<Checked, Error> {
    question.check()?;
    let none = question.with_indicators.then(|| schema::indicators(&[]));
    let none = none
        .transpose()
        .map_err(|error| failure::of(&error.into(), &question.limits))?;
    let checking = Answering::new(question, none)?;
    let store = checking.store(PackedColumns::of_store(&question.store))?;
    let engine = Engine::start(&question.limits)?;
    let (send, mut receive) = channel(1);
    engine.spawn(checking.asked(&store).check(send));
    let most = Duration::from_millis(question.limits.time_ms);
    match engine.next(&mut receive, most) {
        Next::Sent(told) => told,
        Next::Nothing => Err(Error::time(question.limits.time_ms)),
        Next::Gone => Err(failure::fault()),
    }
}

/// What all attempts at an answer share.
struct Answering<'q> {
    question: &'q Question,
    indicators: Option<RecordBatch>,
    url: ObjectStoreUrl,
    spill: Spill,
    began: Instant,
}

impl<'q> Answering<'q> {
    fn new(question: &'q Question, indicators: Option<RecordBatch>) -> Result<Self, Error> {
        Ok(Self {
            question,
            indicators,
            url: session::url().map_err(|error| failure::of(&error, &question.limits))?,
            spill: Spill::of(question)?,
            began: Instant::now(),
        })
    }

    /// The tables of what was listed, as far as the question may see it.
    fn store(&self, listed: accord_logstore::Result<PackedColumns>) -> Result<Arc<Store>, Error> {
        let mut listed = listed.map_err(|error| Error::new(Kind::Store, error.to_string()))?;
        if let Some(sources) = &self.question.sources {
            let seen = |id: &SegmentId| sources.contains(id.source());
            listed.packs.retain(|pack| pack.name().is_some_and(seen));
            listed.own.sources.retain(|source| sources.contains(source));
            listed.own.files.retain(|file| seen(&file.segment));
            listed.own.without.retain(|without| seen(&without.segment));
        }
        Ok(Arc::new(Store::new(listed, self.url.clone())))
    }

    fn asked(&self, store: &Arc<Store>) -> Asked {
        Asked {
            question: self.question.clone(),
            indicators: self.indicators.clone(),
            spill: self.spill.path.clone(),
            store: store.clone(),
        }
    }

    fn attempt(
        &self,
        store: &Arc<Store>,
        writing: &mut Writing<'_>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Outcome, Error> {
        let limits = self.question.limits;
        let engine = Engine::start(&limits)?;
        let (send, receive) = channel(WAITING_BATCHES);
        engine.spawn(self.asked(store).compute(send));
        let mut taking = Taking {
            engine: &engine,
            receive,
            store,
            deadline: self.began + Duration::from_millis(limits.time_ms),
            limits,
        };
        let plan = taking.all(writing, watch)?;
        let columns = writing.finish()?;
        let (mut skipped, spilled_bytes) = plan.as_ref().map(metrics::of).unwrap_or_default();
        let asked = store.asked();
        skipped.files += asked.files_skipped;
        let not_covered = asked
            .without
            .values()
            .take(MAX_NOT_COVERED_NAMED)
            .map(|without| NotCovered {
                segment: without.segment.to_string(),
                lines: without.lines,
                why: without.why.clone(),
            });
        Ok(Outcome {
            columns,
            rows: writing.rows(),
            result_bytes: writing.bytes(),
            truncated: writing.cut(),
            read_bytes: store.objects().read_bytes(),
            covered: asked.covered.len() as u64,
            not_covered: not_covered.collect(),
            not_covered_total: asked.without.len() as u64,
            skipped,
            spilled_bytes,
            seconds: self.began.elapsed().as_secs_f64(),
        })
    }
}

/// The folder of temporary files: the one that was named, or one that goes at the end.
struct Spill {
    path: PathBuf,
    _own: Option<tempfile::TempDir>,
}

impl Spill {
    fn of(question: &Question) -> Result<Self, Error> {
        if let Some(path) = &question.spill {
            return Ok(Self {
                path: path.clone(),
                _own: None,
            });
        }
        let own = tempfile::Builder::new()
            .prefix("accord-sql-")
            .tempdir()
            .map_err(|error| Error::new(Kind::Spill, format!("no temporary folder can be made: {error}")))?;
        Ok(Self {
            path: own.path().to_path_buf(),
            _own: Some(own),
        })
    }
}

/// The engine's threads, and the clock of the one that waits for them: theirs stands still while all of them compute.
struct Engine {
    clock: Runtime,
    /// At the end nobody waits for the step of computing that one of them is in.
    threads: Option<Runtime>,
}

impl Engine {
    fn start(limits: &Limits) -> Result<Self, Error> {
        let failed = |error| Error::new(Kind::Internal, format!("no threads can be started: {error}"));
        let threads = usize::try_from(limits.threads).unwrap_or(1);
        let clock = Builder::new_current_thread()
            .enable_time()
            .build()
            .map_err(failed)?;
        let threads = Builder::new_multi_thread()
            .worker_threads(threads)
            .max_blocking_threads(threads + SPILLING_THREADS)
            .thread_stack_size(STACK_BYTES)
            .thread_name("sql")
            .enable_time()
            .build()
            .map_err(failed)?;
        Ok(Self {
            clock,
            threads: Some(threads),
        })
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        if let Some(threads) = &self.threads {
            threads.spawn(work);
        }
    }

    /// Waits for what comes next, so long at most.
    fn next<T>(&self, receive: &mut Receiver<T>, most: Duration) -> Next<T> {
        let next = async { tokio::time::timeout(most, receive.recv()).await };
        match self.clock.block_on(next) {
            Ok(Some(sent)) => Next::Sent(sent),
            Ok(None) => Next::Gone,
            Err(_) => Next::Nothing,
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// What came of waiting.
enum Next<T> {
    Sent(T),
    Nothing,
    /// The computing side ended without a word.
    Gone,
}

/// The side that takes what is computed.
struct Taking<'t> {
    engine: &'t Engine,
    receive: Receiver<Sent>,
    store: &'t Store,
    deadline: Instant,
    limits: Limits,
}

impl Taking<'_> {
    /// Writes all rows, or as many as the limits let; gives the plan that made them.
    fn all(
        &mut self,
        writing: &mut Writing<'_>,
        watch: &mut dyn FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>, Error> {
        let mut plan = None;
        loop {
            let objects = self.store.objects();
            let progress = Progress {
                read_bytes: objects.read_bytes(),
                files: objects.begun(),
                rows: writing.rows(),
            };
            if watch(progress).is_break() {
                return Err(Error::stopped());
            }
            let left = self.deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Error::time(self.limits.time_ms));
            }
            match self.engine.next(&mut self.receive, left.min(TICK)) {
                Next::Nothing => {}
                Next::Sent(Sent::Begin(begun, asks)) => {
                    writing.begin(&begun.schema(), asks == Asks::Plan)?;
                    plan = Some(begun);
                }
                Next::Sent(Sent::Rows(batch)) => {
                    if writing.rows_of(&batch)?.is_break() {
                        return Ok(plan);
                    }
                }
                Next::Sent(Sent::End) => return Ok(plan),
                Next::Sent(Sent::Failed(error)) => return Err(objects.failure().unwrap_or(error)),
                Next::Gone => return Err(failure::fault()),
            }
        }
    }
}

/// The side that computes.
struct Asked {
    question: Question,
    indicators: Option<RecordBatch>,
    spill: PathBuf,
    store: Arc<Store>,
}

impl Asked {
    async fn compute(mut self, send: Sender<Sent>) {
        let limits = self.question.limits;
        let last = match AssertUnwindSafe(self.rows(&send)).catch_unwind().await {
            Ok(Ok(())) => Sent::End,
            Ok(Err(error)) => Sent::Failed(error),
            Err(panic) => Sent::Failed(failure::of_panic(panic.as_ref(), &limits)),
        };
        // Who is gone wants no more.
        let _ = send.send(last).await;
    }

    async fn rows(&mut self, send: &Sender<Sent>) -> Result<(), Error> {
        let limits = self.question.limits;
        let failed = |error| failure::of(&error, &limits);
        let (state, plan, asks) = self.planned().await?;
        let parameters = Parameters::of(&plan).map_err(failed)?;
        let values = parameters.values(&self.question.parameters)?;
        let plan = plan.with_param_values(values).map_err(failed)?;
        let plan = state.create_physical_plan(&plan).await.map_err(failed)?;
        let mut rows = execute_stream(plan.clone(), state.task_ctx()).map_err(failed)?;
        // Nothing is written before there is a row, so that a file that cannot be read has left nothing behind.
        let mut next = rows.next().await.transpose().map_err(failed)?;
        if send.send(Sent::Begin(plan, asks)).await.is_err() {
            return Ok(());
        }
        while let Some(batch) = next {
            if send.send(Sent::Rows(batch)).await.is_err() {
                return Ok(());
            }
            next = rows.next().await.transpose().map_err(failed)?;
        }
        Ok(())
    }

    async fn check(mut self, send: Sender<Result<Checked, Error>>) {
        let limits = self.question.limits;
        let told = AssertUnwindSafe(self.checked()).catch_unwind().await;
        let told = told.unwrap_or_else(|panic| Err(failure::of_panic(panic.as_ref(), &limits)));
        let _ = send.send(told).await;
    }

    async fn checked(&mut self) -> Result<Checked, Error> {
        let limits = self.question.limits;
        let failed = |error| failure::of(&error, &limits);
        let (state, plan, _) = self.planned().await?;
        let parameters = Parameters::of(&plan).map_err(failed)?;
        let nulls = parameters.nulls().map_err(failed)?;
        let plan = plan.with_param_values(nulls).map_err(failed)?;
        let plan = state.create_physical_plan(&plan).await.map_err(failed)?;
        Ok(Checked {
            columns: columns(&plan.schema()),
            parameters: parameters.told(),
        })
    }

    /// The statement as the engine understands it, with its parameters.
    async fn planned(&mut self) -> Result<(SessionState, LogicalPlan, Asks), Error> {
        let limits = self.question.limits;
        let failed = |error| failure::of(&error, &limits);
        let (statement, asks) = gate::read(&self.question.statement)?;
        let indicators = self.indicators.take();
        let context = session::open(&self.store, indicators, &limits, &self.spill).map_err(failed)?;
        let state = context.state();
        let plan = state
            .statement_to_plan(statement)
            .await
            .map_err(|error| failure::with_tables(failed(error), self.store.sources()))?;
        // The gate let none through; the engine has its own eyes.
        SQLOptions::new()
            .with_allow_ddl(false)
            .with_allow_dml(false)
            .with_allow_statements(false)
            .verify_plan(&plan)
            .map_err(failed)?;
        Ok((state, plan, asks))
    }
}
