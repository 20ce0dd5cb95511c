//! The producer's end of a blocking edge.
//!
//! Keeps rows in managed memory for as long as there is some, and writes them on the core that made them: into the page
//! cache, mostly.

use memory::Batch;
use operators::{Cx, Flow, Sink};
use runtime::subtask::{Failure, Place, Seat};
use shuffle::RoutedWriter;

use super::Exchange;

pub(super) struct ExchangeSink {
    exchange: Exchange,
    place: Place,
    /// Until the end.
    writer: Option<RoutedWriter>,
}

impl ExchangeSink {
    pub(super) fn open(exchange: Exchange, seat: &Seat) -> Result<Self, Failure> {
        let place = seat.place.clone();
        let spec = &exchange.spec;
        let ends = (place.number, spec.senders, spec.receivers);
        let writer =
            RoutedWriter::open(spec.spills.clone(), spec.envelope.clone(), &spec.route, ends, &seat.managed)?;
        Ok(Self { exchange, place, writer: Some(writer) })
    }
}

impl Sink for ExchangeSink {
    fn batch(&mut self, batch: Batch, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        self.writer.as_mut().expect("nothing comes behind the end").write(batch)?;
        Ok(Flow::Next)
    }

    fn end(&mut self, _cx: &mut Cx<'_>) -> Result<Flow, Failure> {
        if let Some(writer) = self.writer.take() {
            self.exchange.hand_over(self.place.attempt, self.place.number, writer.finish()?);
        }
        Ok(Flow::Next)
    }
}
