//! Streams beside which another one is, whose rows all subtasks see: rules, configuration, exchange rates.

use std::sync::Arc;

use operators::broadcast::{Broadcast, BroadcastProcess, KeyedBroadcast, KeyedBroadcastProcess};
use operators::keyed::co_output;
use operators::{Operator, OperatorSeat};
use plan::{Factory, Partition};
use record::Record;

use crate::draft::DraftNode;
use crate::keyed_stream::KeyedStream;
use crate::stream::DataStream;

/// A stream, and one whose rows all of its subtasks see.
#[derive(Clone, Debug)]
pub struct BroadcastConnected<S, B> {
    stream: S,
    broadcast: DataStream<B>,
}

impl<T: Record> DataStream<T> {
    /// Lets every subtask see all rows of another stream.
    pub fn connect_broadcast<B: Record>(&self, broadcast: &DataStream<B>) -> BroadcastConnected<Self, B> {
        BroadcastConnected { stream: self.clone(), broadcast: broadcast.partitioned(Partition::Broadcast) }
    }
}

impl<K: Record, T: Record> KeyedStream<K, T> {
    /// Lets every subtask see all rows of another stream.
    pub fn connect_broadcast<B: Record>(&self, broadcast: &DataStream<B>) -> BroadcastConnected<Self, B> {
        BroadcastConnected { stream: self.clone(), broadcast: broadcast.partitioned(Partition::Broadcast) }
    }
}

impl<T: Record, B: Record> BroadcastConnected<DataStream<T>, B> {
    /// Calls a function with what was broadcast so far.
    pub fn process<O: Record>(&self, function: impl BroadcastProcess<T, B, O>) -> DataStream<O> {
        let inputs = [self.stream.layout.clone(), self.broadcast.layout.clone()];
        let output = co_output::<O>(&inputs);
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(Broadcast::new(inputs.clone(), function.clone(), seat)) as Box<dyn Operator>)
        };
        let node = DraftNode::new("Broadcast Process", 2, Factory::Operator(Arc::new(make))).stateful();
        let origins = [&self.stream.origins[..], &self.broadcast.origins[..]];
        DataStream::from_node(&self.stream.draft, node, &origins, output)
    }
}

impl<K: Record, T: Record, B: Record> BroadcastConnected<KeyedStream<K, T>, B> {
    /// Calls a function with states and timers for the rows of each key, and with what was broadcast so far.
    pub fn process<O: Record>(&self, function: impl KeyedBroadcastProcess<T, B, O>) -> DataStream<O> {
        let inputs = [self.stream.layout().clone(), self.broadcast.layout.clone()];
        let output = co_output::<O>(&inputs);
        let make = move |seat: &OperatorSeat| {
            Ok(Box::new(KeyedBroadcast::new(inputs.clone(), function.clone(), seat)?) as Box<dyn Operator>)
        };
        let node = DraftNode::new("Keyed Broadcast Process", 2, Factory::Operator(Arc::new(make))).stateful();
        let origins = [&self.stream.stream.origins[..], &self.broadcast.origins[..]];
        DataStream::from_node(&self.stream.stream.draft, node, &origins, output)
    }
}
