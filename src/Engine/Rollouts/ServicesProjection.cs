using Fairway.Catalog;
using Fairway.Kernel;
using Fairway.Ledger;
using Fairway.Ports;

namespace Fairway.Rollouts;

/// <summary>
/// The state of every service, by <c>environment/service</c>, so that a start reads one document per service and not its whole life.
/// </summary>
public sealed class ServicesProjection : IProjection
{
    /// <summary>The collection.</summary>
    public const string Name = "services";

    private const string Prefix = "service/";

    // What was written last is what is read next: a service's records come in runs. Only a saving; the document decides.
    private volatile Memo? _written;

    /// <inheritdoc/>
    public string Collection => Name;

    /// <summary>A document's state, and the position of its last record in the ledger.</summary>
    public static (ServiceState State, long Seq) Read(string document)
    {
        var read = FairwayJson.Read<Document>(document);
        return (read.State, read.Seq);
    }

    /// <summary>The service that a stream is about; null for another kind of stream.</summary>
    public static ServiceKey? KeyOf(string stream)
    {
        if (!stream.StartsWith(Prefix, StringComparison.Ordinal)) return null;
        var separator = stream.IndexOf('/', Prefix.Length);
        return separator < 0 ? null : new(stream[Prefix.Length..separator], stream[(separator + 1)..]);
    }

    /// <summary>The state after one more record of its stream.</summary>
    public static ServiceState Fold(ServiceState state, LedgerEvent record) => RolloutEventCodec.Read(record) is { } happened
        ? RolloutEvolver.Apply(state, happened)
        : state with { Version = record.Version };

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, string?>> Apply(LedgerEvent record, Func<string, string?> load)
    {
        if (KeyOf(record.Stream) is not { } key) yield break;
        var state = load(key.ToString()) is { } document ? StateOf(document) : new ServiceState { Key = key };
        var next = Fold(state, record);
        var written = FairwayJson.Write(new Document(next, record.Seq));
        _written = new(written, next);
        yield return new(key.ToString(), written);
    }

    private ServiceState StateOf(string document) => _written is { } written && written.Document == document ? written.State : Read(document).State;

    private sealed record Memo(string Document, ServiceState State);

    private sealed record Document(ServiceState State, long Seq);
}
