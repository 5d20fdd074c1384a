using Fairway.Workloads;

namespace Fairway.Tests.Unit.Workloads;

public sealed class InstanceVariablesTests
{
    private static readonly Dictionary<string, string> Variables = new(StringComparer.Ordinal) { ["PORT"] = "20001", ["NAME"] = "a $PORT b", ["TOKEN"] = "secret" };

    [Theory]
    [InlineData("--port=$PORT", "--port=20001")]
    [InlineData("${PORT}0", "200010")]
    [InlineData("$PORTX", "$PORTX")]
    [InlineData("$$PORT", "$PORT")]
    [InlineData("$${PORT}", "${PORT}")]
    [InlineData("$$ $1 $ ${", "$$ $1 $ ${")]
    [InlineData("$NAME", "a $PORT b")]
    [InlineData("$UNKNOWN ${UNKNOWN:-x}", "$UNKNOWN ${UNKNOWN:-x}")]
    [InlineData("$TOKEN", "$TOKEN")]
    [InlineData("", "")]
    public void Known_variables_are_put_in_and_all_else_stays(string argument, string expected)
        => Assert.Equal(expected, Assert.Single(InstanceVariables.Expand([argument], Variables, ["TOKEN"]).Arguments));

    [Fact]
    public void Secrets_asked_for_are_named_once()
        => Assert.Equal("TOKEN", Assert.Single(InstanceVariables.Expand(["$TOKEN", "x${TOKEN}", "$$TOKEN"], Variables, ["TOKEN", "OTHER"]).Withheld));

    [Fact]
    public void What_is_given_wins_over_the_release_and_the_release_over_the_machine()
    {
        var workload = new Catalog.WorkloadSpec { Command = ["x"], Environment = ImmutableSortedDictionary<string, string>.Empty.Add("PATH", "/mine").Add("A", "1") };
        var (variables, fault) = InstanceVariables.Build(workload, [new("A", "secret")], [new("PATH", "/bin"), new("HOME", "/root")], [new("PORT", "1")]);
        Assert.Null(fault);
        Assert.Equal("A=secret HOME=/root PATH=/mine PORT=1", string.Join(' ', variables!.Select(pair => $"{pair.Key}={pair.Value}")));
    }

    [Theory]
    [InlineData("PORT", "x")]
    [InlineData("FAIRWAY_RUN", "x")]
    [InlineData("1A", "x")]
    [InlineData("A-B", "x")]
    [InlineData("", "x")]
    [InlineData("A=B", "x")]
    [InlineData("OK", "a\0b")]
    public void A_variable_no_program_can_be_given_is_refused(string name, string value)
    {
        var workload = new Catalog.WorkloadSpec { Command = ["x"], Environment = ImmutableSortedDictionary<string, string>.Empty.Add(name, value) };
        var (variables, fault) = InstanceVariables.Build(workload, [], [], []);
        Assert.Null(variables);
        Assert.Contains(name, fault!.Message, StringComparison.Ordinal);
    }
}
