using Fairway.Tidy.Rules;

namespace Fairway.Tidy;

/// <summary>Each rule of the house finds what it is there to find, and lets the rest be.</summary>
public sealed class RuleTests
{
    private static readonly TypeName Core = new("Fairway.Core", "Fairway.Rollouts", "Rollout");
    private static readonly TypeName Engine = new("Fairway.Engine", "Fairway.Rollouts", "RolloutLoop");
    private static readonly TypeName Port = new("Fairway.Engine", "Fairway.Ports", "ILedger");
    private static readonly TypeName Shared = new("Fairway.Engine", "Fairway.Ledger", "ReadModels");
    private static readonly TypeName Packer = new("Fairway.Client", "Fairway.Artifacts", "ArtifactPacker");
    private static readonly TypeName Sqlite = new("Fairway.Adapters", "Fairway.Adapters.Sqlite", "SqliteLedger");
    private static readonly TypeName Processes = new("Fairway.Adapters", "Fairway.Adapters.Processes", "ProcessWorkloads");
    private static readonly TypeName Edge = new("Fairway.Edge", "Fairway.Edge.Routing", "Router");
    private static readonly TypeName Client = new("Fairway.Client", "Fairway.Client", "FairwayClient");
    private static readonly TypeName Verb = new("fairway", "Fairway.Cli", "StatusVerb");
    private static readonly TypeName Drawing = new("fairway", "Fairway.Cli.Rendering", "LiveView");
    private static readonly TypeName Api = new("fairway", "Fairway.Api", "RolloutEndpoints");
    private static readonly TypeName Wiring = new("fairway", "Fairway.Serve", "Modules");
    private static readonly TypeName Bcl = new("System.Runtime", "System", "String");
    private static readonly TypeName Noda = new("NodaTime", "NodaTime", "Instant");
    private static readonly TypeName Spectre = new("Spectre.Console", "Spectre.Console", "Table");
    private static readonly TypeName Kestrel = new("Microsoft.AspNetCore.Server.Kestrel.Core", "Microsoft.AspNetCore.Server.Kestrel.Core", "KestrelServer");

    public static TheoryData<string, string> Forbidden() => Pairs(
        (Core, Engine), (Core, Kestrel), (Core, Spectre), (Engine, Sqlite), (Engine, Kestrel), (Sqlite, Processes), (Sqlite, Engine), (Edge, Engine), (Edge, Sqlite),
        (Client, Core), (Client, Noda), (Verb, Core), (Verb, Engine), (Verb, Sqlite), (Verb, Api), (Verb, Spectre), (Api, Sqlite), (Api, Edge), (Api, Verb));

    public static TheoryData<string, string> Allowed() => Pairs(
        (Core, Bcl), (Core, Noda), (Engine, Core), (Sqlite, Port), (Sqlite, Core), (Edge, Core), (Edge, Kestrel), (Client, Bcl), (Verb, Client), (Verb, Packer), (Verb, Drawing), (Sqlite, Shared),
        (Drawing, Spectre), (Drawing, Client), (Api, Engine), (Api, Client), (Api, Core), (Wiring, Sqlite), (Wiring, Edge), (Wiring, Verb));

    [Theory]
    [MemberData(nameof(Forbidden))]
    public void An_arrow_out_of_line_is_found(string from, string to) => Assert.NotEmpty(Layers.Check([new(Named(from), Named(to))]));

    [Theory]
    [MemberData(nameof(Allowed))]
    public void An_arrow_in_line_is_let_be(string from, string to) => Assert.Empty(Layers.Check([new(Named(from), Named(to))]));

    [Fact]
    public void Circles_of_two_and_of_three_folders_are_found()
    {
        Arrow Use(string from, string to) => new(new("Fairway.Core", from, "X"), new("Fairway.Core", to, "Y"));
        Assert.Empty(Cycles.Check([Use("A", "B"), Use("B", "C"), Use("A", "C")], "Fairway.Core"));
        Assert.Equal("A and B need each other: A.X uses B.Y, and B.X uses A.Y", Assert.Single(Cycles.Check([Use("A", "B"), Use("B", "A")], "Fairway.Core")));
        Assert.Empty(Cycles.Check([Use("F.A", "F.A.Inner"), Use("F.A.Inner", "F.A")], "Fairway.Core"));
        Assert.NotEmpty(Cycles.Check([Use("F.A.Inner", "F.B"), Use("F.B", "F.A")], "Fairway.Core"));
        Assert.Contains("A → B → C → A", Cycles.Check([Use("A", "B"), Use("B", "C"), Use("C", "A")], "Fairway.Core").First(), StringComparison.Ordinal);
    }

    [Fact]
    public void Compiled_code_tells_every_way_to_use_a_type()
    {
        var graph = TypeGraph.Read(typeof(RuleTests).Assembly.Location);
        var used = graph.Arrows.Where(a => a.From.Name == nameof(Fixtures.User)).Select(a => a.To.Name).ToHashSet();
        string[] expected =
        [
            nameof(Fixtures.AsBase), nameof(Fixtures.IAsInterface), nameof(Fixtures.AsField), nameof(Fixtures.AsArgument), nameof(Fixtures.AsGeneric), nameof(Fixtures.AsCall),
            nameof(Fixtures.AsCatchException), nameof(Fixtures.AsAttribute), nameof(Fixtures.InAttribute), nameof(Fixtures.InLambda), nameof(Fixtures.AsArray), nameof(Fixtures.AsMethodGeneric),
        ];
        Assert.Empty(expected.Except(used));
        Assert.DoesNotContain(nameof(Fixtures.Unused), used);
    }

    [Fact]
    public void An_open_class_is_found()
    {
        var open = Types.CheckSealed(TypeGraph.Read(typeof(RuleTests).Assembly.Location).Types).ToArray();
        Assert.Contains(open, o => o.Contains("Fixtures.AsBase ", StringComparison.Ordinal));
        Assert.Contains(open, o => o.Contains("Fixtures.User.Inner ", StringComparison.Ordinal));
        Assert.DoesNotContain(open, o => o.Contains("AsField ", StringComparison.Ordinal) || o.Contains("RuleTests", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ConnectionManager", true)]
    [InlineData("src/Core/StringUtils.cs", true)]
    [InlineData("MiscThings", true)]
    [InlineData("Commonwealth", false)]
    [InlineData("Utilisation", false)]
    public void A_name_that_says_nothing_is_found(string name, bool found) => Assert.Equal(found, Types.CheckNames([name]).Any());

    [Fact]
    public void A_dead_type_is_found_and_one_used_by_name_only_is_not()
    {
        var dead = new CompiledType(new("Fairway.Core", "Fairway.X", "Dead"), false);
        var constants = new CompiledType(new("Fairway.Core", "Fairway.X", "Limits"), false);
        var used = new CompiledType(new("Fairway.Core", "Fairway.X", "Used"), false);
        SourceFile[] code =
        [
            new("src/Core/X/Dead.cs", "/// <see cref=\"Dead\"/>\npublic sealed record Dead(int A) { public static Dead None => new Dead(0); }"),
            new("src/Core/X/Limits.cs", "public static class Limits { public const int Most = 3; }"),
            new("src/Core/X/Other.cs", "// Dead is named here\nvar x = Limits.Most;"),
        ];
        var found = Types.CheckDead([dead, constants, used], [new(Core, used.Name)], code);
        Assert.Equal("Fairway.X.Dead is used by nothing: use it or delete it", Assert.Single(found));
    }

    [Fact]
    public void A_long_file_is_found()
    {
        Assert.Empty(Texts.CheckLength([new("src/A.cs", Lines(400)), new("tests/A.cs", Lines(800))]));
        Assert.Equal(2, Texts.CheckLength([new("src/A.cs", Lines(401)), new("tests/A.cs", Lines(801))]).Count());
    }

    [Fact]
    public void What_is_left_for_later_is_found() =>
        Assert.Equal($"a.cs:2: '{"TO" + "DO"}': do it now or open an issue", Assert.Single(Texts.CheckUnfinished([new("a.cs", $"x\n// {"TO" + "DO"}: y\nmasTODOn")])));

    [Theory]
    [InlineData("src/Core/Rollouts/A.cs", "Fairway.Rollouts", true)]
    [InlineData("src/Core/Rollouts/Strategies/A.cs", "Fairway.Rollouts", true)]
    [InlineData("src/Core/Rollouts/A.cs", "Fairway.Core.Rollouts", false)]
    [InlineData("src/Adapters/Sqlite/A.cs", "Fairway.Adapters.Sqlite", true)]
    [InlineData("src/Adapters/Sqlite/A.cs", "Fairway.Sqlite", false)]
    [InlineData("src/Host/Cli/Load/A.cs", "Fairway.Cli.Load", true)]
    [InlineData("src/Host/Cli/Load/A.cs", "Fairway.Api", false)]
    [InlineData("src/Edge/Routing/A.cs", "Fairway.Edge", true)]
    [InlineData("src/Client/Artifacts/A.cs", "Fairway.Artifacts", true)]
    [InlineData("src/Client/Wire/A.cs", "Fairway.Client.Wire", true)]
    [InlineData("src/Client/Wire/A.cs", "Fairway.Rollouts", false)]
    [InlineData("src/Host/Modules.cs", "Fairway", true)]
    [InlineData("src/Host/Cli/A.cs", "Fairway", false)]
    public void A_namespace_that_leaves_its_folder_is_found(string path, string name, bool fits) =>
        Assert.Equal(fits, !Texts.CheckNamespaces([new(path, $"using X;\n\nnamespace {name};\n")]).Any());

    [Fact]
    public void Dead_links_and_anchors_are_found()
    {
        SourceFile[] documents =
        [
            new("README.md", "# Fair way\n[a](docs/x.md) [b](docs/y.md) [c](docs/x.md#one-two) [d](docs/x.md#three) [e](https://example.com/q) [f](#fair-way) [g](#foul)\n```\n[no](none.md)\n```\n"),
            new("docs/x.md", "## One, two\n[up](../README.md) [lost](README.md)\n"),
        ];
        Assert.Equal(
            [
                "README.md:2: link to docs/y.md: there is no docs/y.md", "README.md:2: link to docs/x.md#three: docs/x.md has no heading 'three'",
                "README.md:2: link to #foul: README.md has no heading 'foul'", "docs/x.md:2: link to README.md: there is no docs/README.md",
            ],
            Documents.CheckLinks(documents, path => path is "README.md" or "docs/x.md"));
    }

    [Fact]
    public void Paths_that_do_not_exist_are_found()
    {
        SourceFile document = new("README.md", "`src/Core` `src/Gone/A.cs:12` `src/*/X` `other/thing` `./docs/gone --flag` `GET /api/x` `src/Core/`");
        Assert.Equal(
            ["README.md:1: `src/Gone/A.cs:12`: there is no src/Gone/A.cs", "README.md:1: `./docs/gone --flag`: there is no docs/gone"],
            Documents.CheckPaths([document], new HashSet<string> { "src", "docs" }, path => path == "src/Core"));
    }

    [Fact]
    public void A_gap_or_a_missing_part_in_the_decisions_is_found()
    {
        const string Whole = "## Context\n## Decision\n## Rejected\n## Consequence\n";
        Assert.Empty(Documents.CheckDecisions([new("docs/decisions/0001-a.md", Whole), new("docs/decisions/0002-b.md", Whole)]));
        Assert.Equal(
            ["docs/decisions/0003-b.md: number 0002 comes next", "docs/decisions/0004-c.md: the part 'Rejected' is missing", "docs/decisions/notes.md: a decision is named NNNN-what-was-decided.md"],
            Documents.CheckDecisions(
            [
                new("docs/decisions/0001-a.md", Whole), new("docs/decisions/0003-b.md", Whole),
                new("docs/decisions/0004-c.md", Whole.Replace("## Rejected\n", "", StringComparison.Ordinal)), new("docs/decisions/notes.md", Whole),
            ]));
    }

    [Fact]
    public void An_exit_code_without_a_row_is_found() => Assert.Equal(
        "m.md: exit code 3 (Refused) has no row", Assert.Single(Documents.CheckExitCodes([("Done", 0), ("Refused", 3)], new("m.md", "| code | what |\n|---|---|\n| 0 | done |\n"))));

    [Fact]
    public void An_adapter_without_a_contract_is_found() => Assert.Equal(
        "src/Adapters/Podman meets no suite in tests/Contracts",
        Assert.Single(AdapterContracts.CheckContracts(
        [
            new("src/Adapters/Podman/A.cs", "using Fairway.Ports;"), new("src/Adapters/Sqlite/A.cs", "using Fairway.Ports;"), new("src/Adapters/Yaml/A.cs", ""),
            new("tests/Contracts/SqliteTests.cs", "using Fairway.Adapters.Sqlite;\n// using Fairway.Adapters.Podman;\n"),
        ])));

    private static string Lines(int count) => string.Concat(Enumerable.Repeat("x\n", count));

    private static TheoryData<string, string> Pairs(params ReadOnlySpan<(TypeName From, TypeName To)> arrows)
    {
        var data = new TheoryData<string, string>();
        foreach (var (from, to) in arrows) data.Add($"{from.Assembly}/{from.Namespace}/{from.Name}", $"{to.Assembly}/{to.Namespace}/{to.Name}");
        return data;
    }

    private static TypeName Named(string text) => text.Split('/') is [var assembly, var name, var type] ? new(assembly, name, type) : throw new FormatException(text);
}
