using System.Text.Json.Nodes;

namespace Fairway.Configuration;

/// <summary>A shape that is declared when it is first needed: a file uses few of the sections there are, and a start has no time for the others.</summary>
/// <param name="declare">Declares it.</param>
internal sealed class DeferredShape<T>(Func<Shape<T>> declare) : Shape<T>
{
    private readonly Lazy<Shape<T>> _declared = new(declare);

    public override string Expected => _declared.Value.Expected;

    public override string Label => _declared.Value.Label;

    public override IEnumerable<RecordDeclaration> Records => _declared.Value.Records;

    public override bool HoldsParts => _declared.Value.HoldsParts;

    public override JsonObject Schema() => _declared.Value.Schema();

    public override ConfigurationNode Merge(ConfigurationNode below, ConfigurationNode above) => _declared.Value.Merge(below, above);

    public override MappingEntry Unite(MappingEntry first, MappingEntry second, DiagnosticList diagnostics) => _declared.Value.Unite(first, second, diagnostics);

    public override bool TryBind(ConfigurationNode node, Binder binder, out T value) => _declared.Value.TryBind(node, binder, out value);

    public override JsonNode? Write(T value) => _declared.Value.Write(value);
}
