using System.Text.RegularExpressions;
using Fairway.Client.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fairway.Console;

/// <summary>How a service was before a rollout and after it, and what was checked of its release, on the rollout's page.</summary>
public sealed class ComparisonPageTests(Browser browser) : IClassFixture<Browser>
{
    [Fact]
    public async Task A_rollouts_page_shows_before_and_after_while_it_is_measured()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, "judge: off, guard: 0s, steps: [100%], verify: [ "
            + "{ name: home, path: /, contains: Chandler, at: both, within: 20s, timeout: 20s, attempts: 2, pause: 100ms } ]");
        var page = await house.SignInAsync();
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        // Enough for a median within seconds, however slow the machine is.
        for (var user = 0; user < 6; user++) house.Load();
        await page.GotoAsync("/rollouts/production/shop/1");
        await Expect(page.Locator("#rollout-comparison")).ToContainTextAsync("is being measured, ");
        var checks = page.GetByRole(AriaRole.Region, new() { Name = "Checks of this release" }).Locator("tbody tr");
        await Expect(checks).ToContainTextAsync(["before any traffic", "with all traffic"]);
        await Expect(checks.First).ToContainTextAsync(new Regex("home.*passed.*status 200.*1 of 2", RegexOptions.Singleline));
        await house.Shop.DeployAsync("1.1", "\"latency\":600");
        await house.Shop.UntilEndAsync(2, RolloutPhases.Completed);
        await page.GotoAsync("/rollouts/production/shop/2");
        await Expect(page.Locator("#rollout-comparison tr").Filter(new() { HasText = "latency-p50" })).ToContainTextAsync("worse");
        var wrong = new List<string>();
        foreach (var width in new[] { 1280, 320 })
            foreach (var dark in new[] { false, true })
                wrong.AddRange(await Look.AtAsync(page, "comparison", "/rollouts/production/shop/2", width, dark));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.Empty(house.Complaints);
    }
}
