using System.Diagnostics;
using Fairway.Client.Wire;
using Fairway.Serve;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Fairway.Console;

/// <summary>Runs of pipelines and gates in a browser.</summary>
public sealed class PipelinePageTests(Browser browser) : IClassFixture<Browser>
{
    private const string Evil = "<img src=x onerror=document.title='owned'>";

    private const string Pipeline = """
        on: { push: { branches: [main] } }
        jobs:
          unit:
            reports: results/*.xml
            steps:
              - run: |
                  mkdir results
                  cp report.xml results/junit.xml
                  echo "ERROR <img src=x onerror=document.title='owned'>"
                  exit 3
          long:
            steps:
              - run: echo begun; sleep 600
          after:
            needs: [unit, long]
            steps:
              - run: "true"
        """;

    private const string Report = """
        <testsuite name="cart" tests="2" failures="1">
          <testcase name="adds" classname="cart"/>
          <testcase name="removes" classname="cart" file="cart.js" line="12"><failure message="expected 1 &lt;img src=x onerror=document.title='owned'&gt;"/></testcase>
        </testsuite>
        """;

    [Fact]
    public async Task A_run_is_followed_live_from_its_list_to_its_jobs_and_cancelled()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, "guard: 0s", top: "source: { repositories: { shop: {} } }\n");
        var page = await house.SignInAsync();
        await page.GotoAsync("/pipelines");
        await Expect(page.Locator("#pipeline-runs")).ToContainTextAsync("No run yet.");
        await PushAsync(house.Shop);
        await Expect(page.Locator("#pipeline-runs tbody tr")).ToHaveCountAsync(1);
        await page.Locator("#pipeline-runs tbody th a").ClickAsync();

        var unit = page.Locator(".job").Filter(new() { HasText = "unit" }).First;
        await Expect(unit).ToContainTextAsync("failed");
        await Expect(unit).ToContainTextAsync("2 tests, 1 failed");
        await unit.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("expected 1 " + Evil);
        await Expect(page.Locator("main")).ToContainTextAsync("cart.js:12");
        await Expect(page.Locator("#log-lines")).ToContainTextAsync("ERROR " + Evil);
        var failed = new Uri(page.Url).AbsolutePath;

        await page.GoBackAsync();
        await page.Locator(".job").Filter(new() { HasText = "long" }).First.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(page.Locator("#log-lines")).ToContainTextAsync("begun");
        await page.GoBackAsync();
        var run = new Uri(page.Url).AbsolutePath;
        var wrong = new List<string>();
        foreach (var (name, path) in ((string, string)[])[("pipelines", "/pipelines"), ("run", run), ("job", failed), ("cancel-run", run + "/cancel")])
            foreach (var (width, dark) in ((int, bool)[])[(1280, false), (1280, true), (320, false), (320, true)])
                wrong.AddRange(await Look.AtAsync(page, name, path, width, dark));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));

        // Who may only look sees no button, and a form made by hand is refused.
        var viewer = await house.SignInAsync("vera", "viewer");
        await viewer.GotoAsync(run);
        await Expect(viewer.Locator("#why")).ToBeVisibleAsync();
        await Expect(viewer.Locator("#cancel-run")).ToHaveCountAsync(0);
        Assert.Equal(403, (await viewer.GotoAsync(run + "/cancel"))!.Status);

        await page.GotoAsync(run);
        await page.Locator("#cancel-run").ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Reason").FillAsync("wrong branch");
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel the run" }).ClickAsync();
        await Expect(page.Locator(".job").Filter(new() { HasText = "long" }).First).ToContainTextAsync("cancelled");
        await Expect(page.Locator(".job").Filter(new() { HasText = "after" }).First).ToContainTextAsync("after unit, long");
        await Expect(page.Locator("#cancel-run")).ToHaveCountAsync(0);
        await Expect(page.Locator("#why")).ToHaveClassAsync(new System.Text.RegularExpressions.Regex("why"));
        Assert.DoesNotContain("owned", await page.TitleAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(house.Complaints, said => !said.Contains("status of 403", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_release_at_the_gate_is_approved_in_the_browser_by_somebody_else_only()
    {
        await using var house = await ConsoleHouse.OpenAsync(browser, "strategy: blueGreen, guard: 100ms, judge: off", top: "environments: { production: { gates: { approvals: 1 } } }\n");
        await house.Shop.DeployAsync("1.0");
        var page = await house.SignInAsync();
        await page.GotoAsync("/services/production/shop");
        await page.GetByRole(AriaRole.Link, new() { Name = "Gate and approval" }).ClickAsync();
        await Expect(page.Locator("#why")).ToContainTextAsync("1.0 waits for 1 approval by an approver, 0 of 1 given");
        await Expect(page.Locator(".note")).ToContainTextAsync("another person approves it");
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Approve" })).ToHaveCountAsync(0);
        var wrong = new List<string>();
        foreach (var dark in new[] { false, true }) wrong.AddRange(await Look.AtAsync(page, "gate", "/services/production/shop/gate", 320, dark));

        var ben = await house.SignInAsync("ben", "approver");
        foreach (var width in new[] { 320, 1280 }) wrong.AddRange(await Look.AtAsync(ben, "gate-approve", "/services/production/shop/gate", width, dark: false));
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        await ben.GetByLabel("Reason").FillAsync("read the notes");
        await ben.GetByRole(AriaRole.Button, new() { Name = "Approve" }).ClickAsync();
        await house.Shop.UntilEndAsync(1, RolloutPhases.Completed);
        await Expect(ben.Locator("#service-head")).ToContainTextAsync("1.0");
        Assert.Empty(house.Complaints);
    }

    private static async Task PushAsync(ShopFolder shop)
    {
        var work = Directory.CreateTempSubdirectory("fairway-console-work-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(work, ".fairway"));
            await File.WriteAllTextAsync(Path.Combine(work, ".fairway", "pipeline.yaml"), Pipeline);
            await File.WriteAllTextAsync(Path.Combine(work, "report.xml"), Report);
            await RunAsync("git", "init", "-q", "-b", "main", ".");
            await RunAsync("git", "add", "-A");
            await RunAsync("git", "-c", "user.name=anna", "-c", "user.email=anna@example.com", "commit", "-q", "-m", "feat: " + Evil);
            await RunAsync(Path.Combine(AppContext.BaseDirectory, "fairway"), "git", "setup", "shop");
            await RunAsync("git", "push", "-q", "fairway", "main");
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        async Task RunAsync(string program, params string[] arguments)
        {
            var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = work, RedirectStandardError = true, RedirectStandardOutput = true };
            start.Environment["FAIRWAY_DATA"] = shop.Data.Path;
            start.Environment["GIT_TERMINAL_PROMPT"] = "0";
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = await process.StandardOutput.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)}: {output}{await errors}");
        }
    }
}
