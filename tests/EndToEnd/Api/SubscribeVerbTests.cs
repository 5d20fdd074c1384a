using System.Globalization;
using Fairway.Cli;
using Fairway.Client;

namespace Fairway.Api;

/// <summary>The verbs of subscriptions and of the configuration, by the real command line and the real API.</summary>
public sealed class SubscribeVerbTests
{
    [Fact]
    public async Task Somebody_subscribes_is_listed_and_ends_it()
    {
        await using var house = await ApiHouse.OpenAsync();
        Assert.Equal(ExitCodes.Done, (await RunAsync(house, "subscribe", "production/shop", "--mail", "anna@example.com", "--on", "held", "rolledBack")).Code);
        var listed = await RunAsync(house, "subscriptions");
        var id = listed.Out.Split(' ')[0];

        Assert.Contains("mail anna@example.com  shop in production: held, rolledBack", listed.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, (await RunAsync(house, "unsubscribe", id)).Code);
        Assert.Equal("", (await RunAsync(house, "subscriptions")).Out);
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "unsubscribe", id)).Code);
    }

    [Fact]
    public async Task Nobody_or_two_at_once_are_a_mistake()
    {
        await using var house = await ApiHouse.OpenAsync();
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "subscribe", "shop")).Code);
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "subscribe", "shop", "--mail", "a@example.com", "--slack", "http://127.0.0.1/")).Code);
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "subscribe", "shop", "--mail", "a@example.com", "--on", "lunch")).Code);
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "subscribe", "shoe", "--mail", "a@example.com")).Code);
    }

    [Fact]
    public async Task A_plan_is_shown_and_applied()
    {
        await using var house = await ApiHouse.OpenWithFileAsync("services:\n  shop:\n    run: ./shop\n");
        var file = Path.Combine(house.Data.Path, "next.yaml");
        await File.WriteAllTextAsync(file, "services:\n  shop:\n    run: ./shop\n    instances: 4\n");
        var plan = await RunAsync(house, "plan", file);
        var applied = await RunAsync(house, "apply", file);

        Assert.Contains("~ production/shop  (with its next deploy)", plan.Out, StringComparison.Ordinal);
        Assert.Contains("rollout.instances: 1 → 4", plan.Out, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.Done, applied.Code);
        Assert.Equal(await File.ReadAllTextAsync(file), await File.ReadAllTextAsync(house.File));
        Assert.Contains("nothing changes", (await RunAsync(house, "plan", file)).Out, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "services: [");
        Assert.Equal(ExitCodes.Usage, (await RunAsync(house, "apply", file)).Code);
    }

    private static async Task<(int Code, string Out)> RunAsync(ApiHouse house, params string[] args)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var errors = new StringWriter(CultureInfo.InvariantCulture);
        var context = new CliContext { Out = output, Error = errors, Folder = house.Data.Path };
        var code = await CommandLine.RunAsync(Verbs.All(context), context, [.. args, "--data", house.Data.Path], default);
        return (code, output.ToString());
    }
}
