using Microsoft.Playwright;

namespace Fairway.Console;

/// <summary>A real Chromium, Debian's own, for all tests of the console.</summary>
public sealed class Browser : IAsyncLifetime
{
    private IPlaywright? _playwright;
    private IBrowser? _chromium;

    /// <summary>Why there is none here; null when there is.</summary>
    public static string? Missing { get; } = Executable() is null ? "there is no chromium here (Debian: apt-get install chromium)" : null;

    public async ValueTask InitializeAsync()
    {
        if (Executable() is not { } program) return;
        // A slow machine is no fault of the page.
        Assertions.SetDefaultExpectTimeout(40_000);
        _playwright = await Playwright.CreateAsync();
        // As root there is no sandbox to be had; pages come from this machine only.
        _chromium = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = program, Headless = true, Args = ["--no-sandbox", "--disable-gpu"] });
    }

    /// <summary>A person's window, with cookies of its own.</summary>
    public async Task<IPage> OpenAsync(string address, int width = 1280, int height = 900, bool dark = false)
    {
        var context = await _chromium!.NewContextAsync(new()
        {
            BaseURL = address, ViewportSize = new() { Width = width, Height = height }, ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light, Locale = "en",
        });
        context.SetDefaultTimeout(30_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_chromium is not null) await _chromium.DisposeAsync();
        _playwright?.Dispose();
    }

    private static string? Executable() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Prepend("/usr/bin")
        .Select(folder => Path.Combine(folder, "chromium")).FirstOrDefault(File.Exists);
}
