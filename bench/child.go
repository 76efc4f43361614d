package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"time"
)

// usage is what a child process cost.
type usage struct {
	cpu  time.Duration // of the child and of all processes that it waited for
	peak int64         // bytes of the child alone, resident at most; 0 where the system does not say
}

// runChild runs a program to its end.
func runChild(dir string, env []string, name string, args ...string) (usage, error) {
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		return usage{}, err
	}
	done := make(chan struct{})
	peak := make(chan int64)
	go func() { peak <- watchPeak(cmd.Process.Pid, done) }()
	err := cmd.Wait()
	close(done)
	u := usage{peak: <-peak}
	if err != nil {
		return usage{}, fmt.Errorf("%s: %w\n%s", cmd, err, output.Bytes())
	}
	u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return u, nil
}

var highWaterMark = regexp.MustCompile(`(?m)^VmHWM:\s+(\d+) kB$`)

// watchPeak follows a process's high-water mark until done. The usage that wait reports will not do: its maximum is over
// the process and its children, and the go command is larger than what is measured here.
func watchPeak(pid int, done <-chan struct{}) int64 {
	status := fmt.Sprintf("/proc/%d/status", pid)
	var peak int64
	for {
		if text, err := os.ReadFile(status); err == nil {
			if m := highWaterMark.FindSubmatch(text); m != nil {
				kB, err := strconv.ParseInt(string(m[1]), 10, 64)
				if err == nil {
					peak = max(peak, kB<<10)
				}
			}
		} else if errors.Is(err, os.ErrNotExist) {
			<-done
			return peak
		}
		select {
		case <-done:
			return peak
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// goTool runs the go command in a directory, for preparations that are not measured.
func goTool(dir string, env []string, args ...string) error {
	_, err := runChild(dir, env, "go", args...)
	return err
}

func micros(d time.Duration) string { return fmt.Sprintf("%.1f µs", d.Seconds()*1e6) }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// output returns what a program prints.
func output(name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s: %w\n%s", cmd, err, stderr.Bytes())
	}
	return string(out), nil
}
