using System.Globalization;
using Fairway.Client.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fairway.Console;

/// <summary>Every page: readable by everybody, harmless whatever strangers write, and as a picture for who reviews it.</summary>
public sealed class PageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    private const string Asked = "guard: 0s, steps: [{ weight: 50%, pause: approval }, 100%], judge: { metrics: { latencyP95: off, latencyP99: off } }";

    // The quotes are the shell's; the line is what the page must show as it is.
    private const string RunsEvil = """["sh", "-c", "printf '%s\\n' 'ERROR <img src=x onerror=document.title=1><script>document.title=1</script> request=r-42' 'level=info hello'; exec ./shop"]""";

    [Fact]
    public async Task What_strangers_write_stays_text_and_every_page_is_for_everybody()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked, RunsEvil);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        house.Load();
        var bad = await house.Shop.ReleaseAsync("1.1-rc.1+x");
        await house.Shop.Client.DeployAsync(new("shop", null, bad.Digest, Reason: Evil), default);
        await house.Shop.UntilAsync(now => now.Rollout is { Summary.Why.Code: "waits-for-person", CandidateRequests: > 20 }, "it waits, with requests");
        var page = await house.SignInAsync();

        await page.GotoAsync("/logs/production/shop");
        await Expect(page.Locator("#log-lines")).ToContainTextAsync("ERROR <img src=x onerror=document.title=1><script>");
        await page.GotoAsync("/logs/production/shop?level=error&request=r-42");
        await Expect(page.Locator("#log-lines li").First).ToContainTextAsync("request=r-42");
        await Expect(page.Locator("#log-lines li").Filter(new() { HasText = "hello" })).ToHaveCountAsync(0);
        await page.GotoAsync("/logs/production/shop?text=" + Uri.EscapeDataString(Evil));
        await Expect(page.GetByLabel("Text")).ToHaveValueAsync(Evil);
        await page.GotoAsync("/activity?actor=" + Uri.EscapeDataString(Evil));
        await page.GotoAsync("/explore?query=" + Uri.EscapeDataString(Evil));
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("parse error");
        await page.GotoAsync("/rollouts/production/shop/2");
        await Expect(page.Locator("#rollout-head")).ToContainTextAsync(Evil);

        var wrong = new List<string>();
        foreach (var (name, path) in Pages(await LastRecordAsync(page)))
            foreach (var dark in new[] { false, true })
                foreach (var width in new[] { 1280, 320 })
                    wrong.AddRange(await Look.AtAsync(page, name, path, width, dark));
        var stranger = await house.StrangerAsync();
        wrong.AddRange(await Look.AtAsync(stranger, "sign-in", "/sign-in", 1280, dark: false));
        wrong.AddRange(await Look.AtAsync(stranger, "sign-in", "/sign-in", 320, dark: true));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.DoesNotContain("owned", await page.TitleAsync(), StringComparison.Ordinal);
        // Pages that are meant to be errors say so in the browser's console, and nothing else does.
        Assert.DoesNotContain(house.Complaints, said => !said.Contains("status of 404", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_keyboard_alone_is_enough_and_the_focus_goes_in_reading_order()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        await house.Shop.DeployAsync("1.1");
        await house.Shop.UntilAsync(now => now.Rollout?.Summary.Why.Code == "waits-for-person", "it waits");
        var page = await house.SignInAsync();
        await page.GotoAsync("/rollouts/production/shop/2");
        await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("#main")).ToBeFocusedAsync();
        string[] order = ["production/shop", "Promote", "Pause", "Abort", "Roll back"];
        foreach (var name in order)
        {
            await page.Keyboard.PressAsync("Tab");
            var focused = await page.EvaluateAsync<string>("() => document.activeElement.textContent.trim()");
            Assert.Equal(name, focused);
            Assert.True(await page.EvaluateAsync<bool>("() => getComputedStyle(document.activeElement).outlineStyle !== 'none'"), $"the focus on {name} is seen");
        }

        // Space presses what looks like a button; Escape leaves the question, and the focus returns.
        await page.Locator("#steer-pause").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await Expect(page.GetByRole(AriaRole.Dialog).GetByLabel("Reason")).ToBeFocusedAsync();
        await page.Keyboard.PressAsync("Escape");
        await Expect(page.Locator("#steer-pause")).ToBeFocusedAsync();
    }

    private static IEnumerable<(string Name, string Path)> Pages(long record) =>
    [
        ("overview", "/"), ("service", "/services/production/shop"), ("rollout", "/rollouts/production/shop/2"), ("diff", "/rollouts/production/shop/2/diff"),
        ("history", "/history"), ("logs", "/logs/production/shop"), ("logs-choice", "/logs"),
        ("metrics", "/explore?range=15m&query=" + Uri.EscapeDataString("sum by (version, code) (rate(fairway_edge_requests_total[1m]))")), ("metrics-begin", "/explore"),
        ("activity", "/activity"), ("record", string.Create(CultureInfo.InvariantCulture, $"/activity/{record}")), ("settings", "/settings"),
        ("steer", "/services/production/shop/steer/promote"), ("not-found", "/services/production/nothing"),
    ];

    private static async Task<long> LastRecordAsync(IPage page)
    {
        await page.GotoAsync("/activity?type=rollout-started");
        return long.Parse((await page.Locator("tbody th a").First.TextContentAsync())!, CultureInfo.InvariantCulture);
    }
}
