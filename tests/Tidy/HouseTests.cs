using Fairway.Client;
using Fairway.Tidy.Rules;

namespace Fairway.Tidy;

/// <summary>The rules of the house, over this checkout. That each can fail is shown in <see cref="RuleTests"/>.</summary>
public sealed class HouseTests
{
    private static readonly ImmutableArray<SourceFile> OurCode =
        [.. Repository.Code.Where(f => f.IsUnder("src") || f.IsUnder("tests") || f.IsUnder("bench") || f.IsUnder("examples"))];

    [Fact]
    public void There_is_something_to_look_at()
    {
        foreach (var layer in new[] { "Fairway.Core", "Fairway.Engine", "Fairway.Client", "fairway" })
            Assert.Contains(TypeGraph.OfProduct.Arrows, a => a.From.Assembly == layer);
        Assert.Contains(OurCode, f => f.IsUnder("src/Core"));
    }

    [Fact]
    public void Layers_use_only_what_they_may() => None(Layers.Check(TypeGraph.OfProduct.Arrows));

    [Fact]
    public void Folders_of_Core_do_not_need_each_other_in_a_circle() => None(Cycles.Check(TypeGraph.OfProduct.Arrows, "Fairway.Core"));

    [Fact]
    public void Every_class_is_sealed_abstract_or_static() => None(Types.CheckSealed(TypeGraph.OfProduct.Types));

    [Fact]
    public void Names_say_what_a_thing_does() =>
        None(Types.CheckNames(TypeGraph.OfProduct.Types.Select(t => t.Name.Name).Concat(Repository.Files.Select(f => f.Path))));

    [Fact]
    public void Every_type_is_used() => None(Types.CheckDead(TypeGraph.OfProduct.Types, TypeGraph.OfProduct.Arrows, OurCode));

    [Fact]
    public void Files_are_short() => None(Texts.CheckLength(OurCode));

    [Fact]
    public void Nothing_is_left_for_later() => None(Texts.CheckUnfinished(Repository.Files));

    [Fact]
    public void Namespaces_follow_folders() => None(Texts.CheckNamespaces(OurCode));

    [Fact]
    public void Links_in_documents_lead_somewhere() => None(Documents.CheckLinks(Repository.Documents, Repository.Exists));

    [Fact]
    public void Paths_named_in_documents_exist() => None(Documents.CheckPaths(
        Repository.Documents,
        Directory.GetFileSystemEntries(Repository.Root).Select(e => Path.GetFileName(e)).ToHashSet(StringComparer.Ordinal),
        Repository.Exists));

    [Fact]
    public void Decisions_are_numbered_and_whole()
    {
        Assert.Contains(Repository.Documents, d => d.IsUnder("docs/decisions"));
        None(Documents.CheckDecisions(Repository.Documents));
    }

    [Fact]
    public void Every_adapter_meets_a_contract() => None(AdapterContracts.CheckContracts(OurCode));

    [Fact]
    public void Every_exit_code_is_in_the_manual() => None(Documents.CheckExitCodes(
        typeof(ExitCodes).GetFields().Select(f => (f.Name, (int)f.GetRawConstantValue()!)),
        Repository.Documents.Single(d => d.Path == "docs/manual/cli.md")));

    private static void None(IEnumerable<string> violations)
    {
        var all = violations.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        Assert.True(all.Length == 0, $"{all.Length} found:\n  {string.Join("\n  ", all)}");
    }
}
