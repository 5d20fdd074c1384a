using Fairway.Client.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fairway.Console;

/// <summary>People in front of a real browser: what they see, and what they may do.</summary>
public sealed class SteeringTests(Browser browser) : IClassFixture<Browser>
{
    private const string Asked = "guard: 0s, steps: [{ weight: 50%, pause: approval }, 100%], judge: { metrics: { latencyP95: off, latencyP99: off } }";
    private const string Judged = "guard: 200ms, steps: [{ weight: 50%, pause: 80s }, 100%], "
        + "judge: { minStep: 6s, metrics: { errors: { negligible: 5% }, latencyP95: off, latencyP99: off } }";

    [Fact]
    public async Task A_person_signs_in_watches_a_canary_pauses_it_resumes_it_and_promotes_it()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        house.Load();
        var page = await house.SignInAsync();
        await Expect(page.GetByRole(AriaRole.Link, new() { Name = "1.0 of production/shop" })).ToBeVisibleAsync();
        await house.Shop.DeployAsync("1.1");

        // The overview finds out by itself.
        await page.GetByRole(AriaRole.Link, new() { NameRegex = new("→ 1\\.1 50%") }).ClickAsync();
        await Expect(page.Locator("#why")).ToContainTextAsync("waits for a person's promote");
        await Expect(page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "50 %" }).First).ToHaveAttributeAsync("aria-current", "step");
        await Expect(page.Locator("figure").Filter(new() { HasText = "Requests per second" }).Locator("path.line.t-candidate").Last).ToBeVisibleAsync();

        await SayAsync(page, "Pause", "looking at the <b>basket</b> first");
        await Expect(page.Locator("#why")).ToContainTextAsync("paused by a person at 50%");
        await Expect(page.Locator("#rollout-said")).ToContainTextAsync("paused");
        await SayAsync(page, "Resume", "all well");
        await Expect(page.Locator("#why")).ToContainTextAsync("waits for a person's promote");
        await SayAsync(page, "Promote", "numbers look good");
        await Expect(page.Locator("#rollout-head .pill").First).ToHaveTextAsync("completed");
        await Expect(page.Locator("#rollout-story")).ToContainTextAsync("paused it: looking at the <b>basket</b> first");
        var service = await house.Shop.UntilEndAsync(2, RolloutPhases.Completed);
        Assert.Equal("1.1", service.Arms[0].Version);
        Assert.Empty(house.Complaints);
    }

    [Fact]
    public async Task A_bad_release_is_seen_going_back_live_with_the_judges_numbers()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Judged);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        house.Load();
        await house.Shop.DeployAsync("1.1", "\"errorRate\":0.2");
        var page = await house.SignInAsync();
        await page.GotoAsync("/rollouts/production/shop/2");
        await Expect(page.Locator("#rollout-head .pill").First).ToHaveTextAsync("rolled back", new() { Timeout = 80_000 });
        await Expect(page.Locator("#why")).ToContainTextAsync("times the odds");
        await Expect(page.Locator("#rollout-evidence")).ToContainTextAsync("regressed");
        await Expect(page.GetByRole(AriaRole.Row).Filter(new() { HasText = "errors" }).First).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Img, new() { NameRegex = new("Judge's evidence") })).ToBeVisibleAsync();
        await Expect(page.Locator(".level-text").First).ToContainTextAsync("at ");
        await Expect(page.Locator("#rollout-story")).ToContainTextAsync("Taken back: errors: ");

        // From the story to the record, and from there to what led to it.
        await page.Locator("#rollout-story li.bad a").First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "What led to it" })).ToBeVisibleAsync();
        Assert.Empty(house.Complaints);
    }

    [Fact]
    public async Task A_viewer_sees_everything_and_steers_nothing()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        await house.Shop.DeployAsync("1.1");
        await house.Shop.UntilAsync(now => now.Rollout?.Summary.Why.Code == "waits-for-person", "it waits");
        var page = await house.SignInAsync("vera", "viewer");
        await page.GotoAsync("/rollouts/production/shop/2");
        await Expect(page.Locator("#why")).ToContainTextAsync("waits for a person");
        await Expect(page.Locator(".steering")).ToHaveCountAsync(0);
        var asked = await page.GotoAsync("/services/production/shop/steer/promote");
        Assert.Equal(403, asked!.Status);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Forbidden" })).ToBeVisibleAsync();

        // Also when the form is made by hand, with the right token.
        var csrf = await page.Locator("input[name=csrf]").CountAsync() > 0 ? await page.Locator("input[name=csrf]").First.InputValueAsync() : null;
        await page.GotoAsync("/settings");
        csrf ??= await page.Locator("input[name=csrf]").First.InputValueAsync();
        var given = await page.EvaluateAsync<int>(
            "async csrf => (await fetch('/services/production/shop/steer/promote', { method: 'POST', body: new URLSearchParams({ csrf, reason: 'by hand' }) })).status", csrf);
        Assert.Equal(403, given);
        Assert.Equal(50, (await house.Shop.Client.GetServiceAsync("production", "shop", default)).Rollout!.Weight);
        await page.GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Make a token" })).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task Who_signs_out_is_out_everywhere_and_comes_back_to_where_they_were()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        var page = await house.SignInAsync();
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/services/production/shop");
        await Expect(other.Locator("#why")).ToContainTextAsync("1.0 serves");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"));
        // The other tab's stream ends, and it is asked who it is.
        await Expect(other).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"), new() { Timeout = 40_000 });
        await page.GotoAsync("/history");
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/sign-in\\?return=%2Fhistory"));
    }

    [Fact]
    public async Task The_live_view_survives_a_kill_of_the_control_plane()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, Asked);
        await house.Shop.DeployAsync("1.0");
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        await house.Shop.DeployAsync("1.1");
        var page = await house.SignInAsync();
        await page.GotoAsync("/rollouts/production/shop/2");
        await Expect(page.Locator("#why")).ToContainTextAsync("waits for a person");
        await page.EvaluateAsync("() => { window.same = true; }");
        await house.KillAsync();
        await Expect(page.Locator("#link")).ToHaveTextAsync("Reconnecting…");
        await Expect(page.Locator("#why")).ToContainTextAsync("waits for a person");
        await house.StartAsync();
        await Expect(page.Locator("#link")).ToBeEmptyAsync();
        await house.Shop.Client.CommandAsync("production", "shop", new("promote", "from elsewhere"), default);
        await Expect(page.Locator("#rollout-head .pill").First).ToHaveTextAsync("completed");
        Assert.True(await page.EvaluateAsync<bool>("() => window.same === true"), "the page was not loaded again");
    }

    private static async Task SayAsync(IPage page, string word, string reason)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = word, Exact = true }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Dialog);
        await dialog.GetByLabel("Reason").FillAsync(reason);
        await dialog.GetByRole(AriaRole.Button, new() { Name = word, Exact = true }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }
}
