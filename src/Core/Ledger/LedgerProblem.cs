namespace Fairway.Ledger;

/// <summary>Something that does not fit in a ledger.</summary>
/// <param name="Seq">The record it was found at; null when it is not about a record.</param>
/// <param name="Field"><c>seq</c>, <c>stream</c>, <c>version</c>, <c>at</c>, <c>type</c>, <c>actor</c>, <c>cause</c>, <c>data</c>,
/// <c>previousHash</c>, <c>hash</c>; <c>record</c> when a whole record is missing, added or replaced; <c>content</c> when it cannot be told
/// which field; <c>head</c>, <c>file</c> or <c>readModel</c> for what lies beside the records.
/// </param>
/// <param name="Sentence">For a person: where, and what differs.</param>
public sealed record LedgerProblem(long? Seq, string Field, string Sentence);
